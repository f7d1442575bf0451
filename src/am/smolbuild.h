/*-------------------------------------------------------------------------
 *
 * smolbuild.h
 *	  Building an index: what a build by one process and one by several share.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/smolbuild.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLBUILD_H
#define SMOLBUILD_H

#include "access/tableam.h"
#include "format/smolpage.h"
#include "nodes/execnodes.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "tree/footprint.h"
#include "type/smoltype.h"
#include "utils/tuplesort.h"

/* What a scan of the heap, or of a part of it, finds besides rows. */
typedef struct SmolFindings
{
	double		heap_rows;
	double		rows;			/* indexed */
	int64		nulls[INDEX_MAX_KEYS];	/* by column */
	bool		wide[INDEX_MAX_KEYS];	/* has a value that its column's image
										 * can't hold */
	bool		broken_hot_chain;
} SmolFindings;

/* rowsort.c: how rows are compared */
typedef struct SmolRowOrder SmolRowOrder;

/* rowmerge.c: rows in order */
typedef struct SmolRows SmolRows;

/* build_parallel.c */
typedef struct SmolParallelBuild SmolParallelBuild;

/* How a column lies in an index tuple. */
typedef enum SmolField
{
	SMOL_FIELD_BYVAL,
	SMOL_FIELD_FIXED,			/* by reference */
	SMOL_FIELD_VARLENA,			/* with a header of one byte if it is short */
} SmolField;

typedef struct SmolRowColumn
{
	SmolField	kind;
	uint8		alignby;
	int16		len;
} SmolRowColumn;

/* Tuples that may be larger than this are not made by us. */
#define SMOL_MAX_QUICK_TUPLE	2048

typedef struct SmolBuild
{
	Relation	heap;
	Relation	index;
	BlockNumber heap_blocks;	/* the same for all participants */
	SmolParallelBuild *parallel;	/* NULL: by one process, or a worker's */
	SmolMetaPageData meta;
	Tuplesortstate *sort;
	SmolRowOrder *order;
	SmolRowColumn row_columns[INDEX_MAX_KEYS];
	Size		tuple_room;		/* what a tuple takes at most; 0 if that is
								 * too much, or there is something special
								 * about it */
	SmolFootprint *footprint;
	SmolFindings found;
	bool		any_null;
	Size		key_limit;		/* bytes of strings in key columns */
	Size		row_limit;		/* in all columns */
	int			ndecimals;		/* columns of decimals, ... */
	int			decimals[INDEX_MAX_KEYS];
	int			nstrings;		/* ... and of strings */
	int			strings[INDEX_MAX_KEYS];
} SmolBuild;

/* build.c */
extern void smol_scan_heap(SmolBuild *build, IndexInfo *info,
						   TableScanDesc scan, bool progress);
extern void smol_add_findings(SmolFindings *sum, const SmolFindings *found);

/* rowsort.c */
extern void smol_begin_sort(SmolBuild *build, int memory);
extern void smol_put_row(SmolBuild *build, ItemPointer tid, const Datum *values,
						 const bool *isnull, bool any_null);
extern int	smol_take_rows(SmolBuild *build, SortTuple *rows, int n);
extern int	smol_compare_rows(const SmolRowOrder *order, const SortTuple *a,
							  const SortTuple *b);
extern bool smol_get_values(const SmolBuild *build, IndexTuple itup, SmolValue *values);

/* rowmerge.c */
extern SmolRows *smol_begin_rows(SmolBuild *build, int nqueues, shm_mq_handle **queues);
extern IndexTuple smol_next_row(SmolRows *rows);
extern void smol_send_rows(SmolBuild *build, shm_mq_handle *queue);

/* build_parallel.c */
extern SmolParallelBuild *smol_begin_parallel_build(SmolBuild *build, int request);
extern void smol_gather_parallel_build(SmolBuild *build);
extern SmolRows *smol_merge_parallel_build(SmolBuild *build);
extern int	smol_end_parallel_build(SmolParallelBuild *parallel);
pg_noreturn extern void smol_report_lost_worker(SmolParallelBuild *parallel);
extern PGDLLEXPORT void smol_parallel_build_main(dsm_segment *seg, shm_toc *toc);

#endif							/* SMOLBUILD_H */
