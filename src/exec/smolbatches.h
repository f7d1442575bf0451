/*-------------------------------------------------------------------------
 *
 * smolbatches.h
 *	  The state of a scan in batches: what the files that make it up share.
 *
 * Each of them does one thing: ranges.c finds the rows that the key conditions
 * give, batches.c goes through them, columns.c decodes, verdict.c asks whether all
 * this may be done, and participants.c has what the processes of a parallel scan
 * share.  Others use smolexec.h.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/smolbatches.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLBATCHES_H
#define SMOLBATCHES_H

#include "exec/smolexec.h"
#include "storage/dsm.h"
#include "tree/smolverdict.h"

/* Rows [lo, hi) of the segment. */
typedef struct SmolStretch
{
	uint64		lo;
	uint64		hi;
} SmolStretch;

typedef struct SmolBatchColumn
{
	bool		have_values;
	bool		have_nulls;
	bool		any_null;		/* with have_nulls */
	uint32		room;
	uint32		nulls_room;
	SmolVec		vec;
	int64	   *nulls;
} SmolBatchColumn;

typedef struct SmolBatchPrivate
{
	MemoryContext context;		/* of the scan */
	MemoryContext rescan_context;
	SmolSharedScan *shared;		/* NULL: not parallel */
	dsm_segment *summary;		/* the leader's, for EXPLAIN */

	/* the verdict on this rescan, and what is proven for all */
	bool		proving;		/* 'proof' is initialised */
	SmolProof	proof;
	int			refusals;		/* rescans in a row that could not use the
								 * index */

	/* conditions */
	int			nkeys;
	ScanKeyData *scankeys;
	int		   *key_conditions; /* which condition each comes from */
	SmolScanKeys keys;
	SmolFilters *filters;

	/* the range at hand; 'number' counts the combinations of array elements */
	bool		started;		/* arrays stand at a combination */
	bool		located;		/* the only range has been found already */
	bool		ranged;
	uint64		number;
	SmolStretch range;
	SmolStretch claim;			/* the part of it that is ours */
	SmolPos		lo;				/* the ends of the range */
	SmolPos		hi;
	uint32		first_leaf;		/* of the range */
	uint32		leaves;			/* in the range */
	bool		walks;			/* ask inner pages for the next leaf */

	/* the next rows are those from 'next' on, or up to 'before' if backward */
	uint64		next;
	uint64		before;

	/* the leaf at hand, as far as it is in the range */
	bool		on_leaf;
	uint32		leaf;
	SmolStretch leaf_rows;		/* row numbers */
	uint64		leaf_first_row; /* of the whole leaf */

	/* the last leaves came one after the other */
	uint32		in_a_row;
	bool		new_claim;		/* from which no leaf has been read yet */
	struct SmolWalk *ahead;		/* NULL until there was need of one */

	/* inner pages by level, as far as they are pinned */
	BlockNumber inner_blocks[SMOL_MAX_HEIGHT + 1];
	Page		inner_pages[SMOL_MAX_HEIGHT + 1];

	uint32		batch_rows;		/* for the next batch */
	SmolBatchColumn columns[INDEX_MAX_KEYS];
	uint8		match[SMOL_BATCH_ROWS];
	uint16		selection[SMOL_BATCH_ROWS];
	bool		have_selection;
} SmolBatchPrivate;

/* ranges.c */
extern void smol_make_scankeys(SmolBatchPrivate *state, const SmolConditions *conditions);
extern bool smol_next_range(SmolBatchScan *scan, bool forward);
extern void smol_claim_each_range(SmolBatchScan *scan, SmolProof *proof);
extern bool smol_claim_ranges(SmolBatchScan *scan, SmolProof *proof);

/* columns.c */
extern void smol_drop_columns(SmolBatchScan *scan);

/* participants.c */
extern bool smol_claim_stretch(SmolBatchScan *scan, bool forward, uint64 *number);
extern SmolSharedVerdict *smol_scan_verdict(SmolBatchScan *scan);

#endif							/* SMOLBATCHES_H */
