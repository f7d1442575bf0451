/*-------------------------------------------------------------------------
 *
 * smolverify.h
 *	  What the files of smol_verify share.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/inspect/smolverify.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLVERIFY_H
#define SMOLVERIFY_H

#include "nodes/bitmapset.h"
#include "nodes/execnodes.h"
#include "storage/bufmgr.h"
#include "tree/footprint.h"
#include "tree/smoltree.h"
#include "tree/smolwriter.h"
#include "type/smoltype.h"
#include "utils/memutils.h"

/* Rows that are decoded at a time: bounds memory, whatever a page holds. */
#define BATCH_ROWS	1024

/* Some decoded rows of one column. */
typedef struct ColumnRows
{
	int64	   *words;
	SmolSlice  *slices;			/* point into the page or the rows' arenas */
	int64	   *nulls;
	bool		has_nulls;		/* else nulls is not filled */
} ColumnRows;

typedef struct Rows
{
	int			ncolumns;
	const SmolColumnDesc *descs;
	ColumnRows *columns;
	MemoryContext arenas;		/* of the page at hand */
} Rows;

/* A copy of a leaf or inner page whose structure and CRC are right. */
typedef struct CheckedPage
{
	BlockNumber blkno;
	Page		page;
	uint32		nrows;
	uint64		first_row;
} CheckedPage;

/* What a page's parent has to say of it: a row in an inner page's columns. */
typedef struct Summary
{
	SmolValue  *values;
	bool	   *isnull;
	bool	   *unknown;		/* a min, max or sum that can't be known from
								 * the level below */
} Summary;

/* Where an inner page keeps a column's statistics; -1: it does not. */
typedef struct StatsPlace
{
	int			nulls;
	int			minmax;			/* and the next */
	int			sum;			/* and the next */
} StatsPlace;

typedef struct VerifyBloom VerifyBloom; /* verifybloom.c */

typedef struct Verify
{
	Relation	heap;
	Relation	index;

	/* what was found */
	ReturnSetInfo *report;		/* NULL: the first finding is raised */
	uint64		nfindings;
	struct
	{
		bool		valid;
		BlockNumber block;
		char		detail[256];
	}			complaint;		/* the one that is being raised */

	BlockNumber nblocks;		/* of the file */
	SmolMetaPageData meta;
	const SmolSegment *segment;
	int			ninner;
	SmolColumnDesc inner[SMOL_MAX_INNER_COLUMNS];
	StatsPlace	places[INDEX_MAX_KEYS];
	SmolComparator comparators[INDEX_MAX_KEYS];
	BufferAccessStrategy strategy;

	Rows		leaf_rows;
	Rows		inner_rows;
	Rows		parent_row;		/* one row */
	Summary		summary;		/* of a child */
	CheckedPage page;			/* the page at hand */
	CheckedPage parent;
	MemoryContext batch_context;	/* reset after each batch */

	/* the key of the last row so far */
	bool		have_last;
	SmolValue	last[INDEX_MAX_KEYS];
	bool		last_isnull[INDEX_MAX_KEYS];
	char	   *last_bytes[INDEX_MAX_KEYS]; /* own copies of strings */
	Size		last_size[INDEX_MAX_KEYS];

	VerifyBloom *bloom;			/* NULL: the index has no bloom filters */

	/* inner pages that were found damaged, counted from after the footprint */
	Bitmapset  *damaged;

	/* the footprint, and what of it the leaves have claimed */
	bool		footprint_unsound;
	SmolFootprintScan footprint;
	BlockNumber first_block;
	int64		heap_min;
	int64		heap_max;
} Verify;

static inline bool
row_isnull(const ColumnRows *col, uint32 row)
{
	return col->has_nulls && col->nulls[row] != 0;
}

static inline SmolValue
row_value(const ColumnRows *col, uint32 row)
{
	SmolValue	value = {.slice.ptr = (const uint8 *) ""};

	if (col->words)
		value.word = col->words[row];
	else
		value.slice = col->slices[row];
	return value;
}

static inline bool
smol_all_zeros(const char *start, const char *end)
{
	return start >= end || pg_memory_is_all_zeros(start, end - start);
}

/* verify.c */
pg_noreturn extern void smol_complain(Verify *v, BlockNumber blkno,
									  const char *fmt,...) pg_attribute_printf(3, 4);

/* verifyrows.c */
extern void smol_verify_begin_rows(Verify *v);
extern Buffer smol_verify_read(Verify *v, BlockNumber blkno);
extern void smol_verify_bytes(Verify *v, BlockNumber blkno, Page page);
extern void smol_verify_load(Verify *v, CheckedPage *checked, BlockNumber blkno,
							 int level);
extern void smol_verify_decode(Verify *v, const CheckedPage *checked, Rows *rows,
							   uint32 first, uint32 n);
extern void smol_verify_leaf(Verify *v, const CheckedPage *leaf);
extern void smol_verify_inner(Verify *v, const CheckedPage *page);
extern bool smol_verify_in_footprint(Verify *v, int64 block, OffsetNumber offset);
extern void smol_verify_parent(Verify *v, const CheckedPage *parent, uint32 row,
							   int level);

/* verifyheap.c */
extern void smol_verify_heap(Verify *v);

/* verifybloom.c */
extern VerifyBloom *smol_verify_begin_bloom(Verify *v);
extern void smol_verify_bloom_page(Verify *v, BlockNumber blkno, uint32 *leaf);
extern void smol_verify_start_bloom(Verify *v);
extern void smol_verify_add_bloom(Verify *v, int column, const SmolValue *value);
extern void smol_verify_leaf_bloom(Verify *v, BlockNumber parent, uint32 leaf,
								   int64 location);

#endif							/* SMOLVERIFY_H */
