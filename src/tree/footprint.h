/*-------------------------------------------------------------------------
 *
 * footprint.h
 *	  Which heap line pointers a segment indexes.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/footprint.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef FOOTPRINT_H
#define FOOTPRINT_H

#include "access/htup_details.h"
#include "format/smolpage.h"
#include "storage/bulk_write.h"
#include "storage/fileset.h"

#define SMOL_FOOTPRINT_MAX_RUNS	(MaxHeapTuplesPerPage / 2 + 1)

/*
 * One entry: nblocks consecutive heap blocks, from start on, have the same
 * line pointers indexed.  Runs are inclusive, ascending, and don't touch.
 */
typedef struct SmolFootprintEntry
{
	BlockNumber start;
	uint32		nblocks;
	int			nruns;
	struct
	{
		OffsetNumber first;
		OffsetNumber last;
	}			runs[SMOL_FOOTPRINT_MAX_RUNS];
} SmolFootprintEntry;

/* Building: add root TIDs in block order, any order within a block. */
typedef struct SmolFootprint SmolFootprint;

extern SmolFootprint *smol_begin_footprint(void);
extern void smol_add_footprint(SmolFootprint *fp, ItemPointer root);
extern void smol_write_footprint(SmolFootprint *fp, BulkWriteState *bulk,
								 BlockNumber *next_block, SmolSegment *segment);

/* The same by several processes, each with its share of the blocks. */
extern SmolFootprint *smol_begin_footprint_part(FileSet *fileset, int part);
extern void smol_end_footprint_part(SmolFootprint *fp);
extern SmolFootprint *smol_merge_footprint_parts(FileSet *fileset, int nparts);

/* Reading */
typedef struct SmolFootprintScan
{
	Relation	index;
	const SmolSegment *segment;
	bool		soft;			/* damage is no error, but an early end */
	bool		damaged;
	Buffer		buffer;
	uint32		page;			/* number of the page in buffer */
	const uint8 *next;			/* next entry's bytes */
	const uint8 *end;
	BlockNumber after;			/* first block after the current entry */
	bool		valid;			/* is there a current entry? */
	SmolFootprintEntry entry;	/* the current entry */
} SmolFootprintScan;

extern void smol_begin_footprint_scan(SmolFootprintScan *scan, Relation index,
									  const SmolSegment *segment, bool soft);
extern bool smol_next_footprint(SmolFootprintScan *scan);
extern bool smol_find_footprint(SmolFootprintScan *scan, BlockNumber block);
extern void smol_end_footprint_scan(SmolFootprintScan *scan);

#endif							/* FOOTPRINT_H */
