/*-------------------------------------------------------------------------
 *
 * smolexec.h
 *	  Custom scan nodes: what their files share.
 *
 * A node reads an index in batches of decoded columns.  It goes like this:
 *
 *	plan time	plan/quals.c makes SmolConditions of the quals that the index can
 *				test.  Their arguments (smol_condition_arguments) go to
 *				CustomScan.custom_exprs, and what smol_pack_conditions makes of
 *				them into custom_private.  Whole clauses are for EXPLAIN only:
 *				setrefs.c may replace one by a column of the index.
 *	begin		smol_init_conditions, smol_open_batches; if parallel,
 *				smol_share_batches with the state in shared memory.
 *	(re)scan	smol_rescan_batches: evaluates the arguments of the conditions, and
 *				starts over.  Must also be called before the first batch.
 *	first row	smol_judge_batches says whether the index may be used for this
 *				rescan.  If not, the node runs the ordinary plan that it carries
 *				as its child; the reason is in scan->verdict.
 *	batches		smol_next_batch steps to the next batch in a direction; its columns
 *				are decoded when asked for (smol_batch_words, ...).
 *	end			smol_close_batches.
 *
 * A batch is some rows of one leaf, all within the range that the conditions
 * on the key give; not empty, but it may be that no row passes the filters and
 * the batch is not returned.  Which rows pass is a byte for each (batch.match),
 * or a list of them (smol_batch_selection).  Rows of the batch count from 0.
 *
 * With scan->fold set, a batch may instead be rows of many leaves, all in the range
 * and such that pass, so that what inner pages know of them (row count, NULL counts,
 * minimum, maximum, sum; tree/smolsubtrees.h) says everything: batch.folded.
 * The caller may be asked of each child first: scan->may_fold.
 *
 * Everything that a batch points to stays valid until the next step.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/smolexec.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLEXEC_H
#define SMOLEXEC_H

#include "access/relscan.h"
#include "nodes/execnodes.h"
#include "nodes/extensible.h"
#include "nodes/primnodes.h"
#include "tree/smolkeys.h"
#include "tree/smolseal.h"
#include "tree/smolsubtrees.h"
#include "tree/smoltree.h"

/* Rows of a batch, at most.  Batches end at multiples of this in their leaf. */
#define SMOL_BATCH_ROWS		1024

/* ---- conditions.c: quals that the index tests ---- */

/* The first five are btree's strategies. */
typedef enum SmolTest
{
	SMOL_TEST_LESS = 1,
	SMOL_TEST_LESS_EQUAL,
	SMOL_TEST_EQUAL,
	SMOL_TEST_GREATER_EQUAL,
	SMOL_TEST_GREATER,
	SMOL_TEST_NOT_EQUAL,
	SMOL_TEST_NULL,
	SMOL_TEST_NOT_NULL,
} SmolTest;

/*
 * "column test argument", for one column of the index.  A key condition is one
 * on a key column by its operator family and collation: it may bound a range.
 * Any other is a filter.
 */
typedef struct SmolCondition
{
	int			column;			/* of the index, from 0; INCLUDE too */
	bool		key;
	SmolTest	test;
	bool		array;			/* "= ANY (array)" or the like; with
								 * NOT_EQUAL, "<> ALL (array)" */
	Oid			opfamily;		/* of the operator, or its negator's;
								 * likewise: */
	Oid			lefttype;
	Oid			righttype;		/* an array's element's */
	Oid			collation;
	Expr	   *clause;			/* OpExpr or ScalarArrayOpExpr with the column
								 * at the left, or NullTest; only in planning */
} SmolCondition;

/* The conditions of a node in execution. */
typedef struct SmolConditions
{
	int			n;
	SmolCondition *conditions;
	ExprState **arguments;		/* NULL: no argument, or evaluated already */
	Datum	   *values;			/* of the present rescan */
	bool	   *isnull;
	Oid		   *types;
	ExprContext *econtext;		/* has these values in its per-tuple memory */
} SmolConditions;

extern List *smol_condition_arguments(const List *conditions);
extern List *smol_condition_clauses(const List *conditions);
extern List *smol_pack_conditions(const List *conditions);
extern bool smol_is_key_condition(const List *packed);
extern bool smol_check_functions(Node *expr, void *context);

/* Who had the executor begin: child.c */
typedef struct SmolCaller
{
	Oid			userid;
	int			sec_context;
} SmolCaller;

extern void smol_note_caller(SmolCaller *caller);
extern void smol_become(const SmolCaller *caller);
extern PlanState *smol_init_child(CustomScanState *css, int eflags,
								  const SmolCaller *caller);

extern SmolConditions *smol_init_conditions(PlanState *planstate,
											List *arguments, List *packed);
extern void smol_eval_conditions(SmolConditions *conditions);

/* ---- filters: of batches, and of what inner pages say ---- */

/* What the statistics of some rows say of a filter, or of all. */
typedef enum SmolZone
{
	SMOL_ZONE_NONE,				/* no row passes */
	SMOL_ZONE_SOME,				/* can't tell */
	SMOL_ZONE_ALL,				/* all rows pass */
} SmolZone;

typedef struct SmolFilters SmolFilters;
typedef struct SmolBatchScan SmolBatchScan;

/* makefilters.c */
extern SmolFilters *smol_make_filters(Relation index, const SmolMetaPageData *meta,
									  SmolConditions *conditions);
extern void smol_set_filters(SmolFilters *filters, const SmolScanKeys *keys);
extern bool smol_filters_pass_nothing(const SmolFilters *filters);
extern bool smol_filters_pass_all(const SmolFilters *filters);
extern bool smol_filters_have_zones(const SmolFilters *filters);

/* filters.c */
extern SmolZone smol_test_zone(SmolFilters *filters, SmolReader *reader,
							   Page page, BlockNumber blkno, uint32 child);
extern SmolZone smol_test_subtree(const SmolFilters *filters, SmolSubtrees *walk,
								  uint64 nrows);
extern bool smol_filters_exclude_leaf(SmolFilters *filters, SmolReader *reader,
									  Page page, BlockNumber blkno, uint32 child);
extern uint32 smol_apply_filters(SmolFilters *filters, SmolBatchScan *scan,
								 uint8 *match, bool *all);

/* ---- batches of an index: for the files see smolbatches.h ---- */

typedef struct SmolBatch
{
	/* rows [first, first + n) of the leaf, or (folded) n rows of children */
	bool		folded;
	uint32		leaf;
	uint32		first;
	uint64		n;
	uint64		first_row;		/* row number in the segment */
	uint64		nmatch;			/* rows that pass, > 0 */
	const uint8 *match;			/* NULL: all pass; else for each row 1, or 0 */
} SmolBatch;

/* Counted for EXPLAIN. */
typedef struct SmolScanCounts
{
	uint64		searches;		/* ranges that were looked for */
	uint64		leaves_in_range;
	uint64		leaves_read;
	uint64		rows_skipped;	/* by what inner pages say */
	uint64		leaves_excluded;	/* by bloom filters */
	uint64		rows_folded;	/* answered by what inner pages say */
	uint64		rows_passed;	/* by number, to where OFFSET leads */
	uint64		batches;

	/* of aggregates */
	uint64		rows_known;		/* taken in as what is known of subtrees */
	uint64		rows_decoded;	/* taken in as values */
} SmolScanCounts;

typedef struct SmolSharedScan SmolSharedScan;

struct SmolBatchScan
{
	Relation	heap;
	Relation	index;
	Snapshot	snapshot;
	SmolReader *reader;
	SmolConditions *conditions;
	bool		fold;			/* the caller may set this ... */
	bool		(*may_fold) (void *arg, Page page, BlockNumber blkno, uint32 child);
	void	   *fold_arg;		/* ... and these: NULL, any child */

	/* the verdict on the present rescan */
	bool		judged;
	bool		usable;
	SmolVerdict verdict;

	/* of all rescans, for EXPLAIN */
	bool		used;
	bool		fell_back;
	char		fallback_reason[SMOL_REASON_SIZE];

	SmolBatch	batch;
	SmolScanCounts counts;

	struct SmolBatchPrivate *state; /* smolbatches.h */
};

extern SmolBatchScan *smol_open_batches(Relation heap, Relation index,
										Snapshot snapshot,
										SmolConditions *conditions);
extern bool smol_judge_batches(SmolBatchScan *scan);
extern void smol_rescan_batches(SmolBatchScan *scan);
extern bool smol_next_batch(SmolBatchScan *scan, bool forward);
extern uint64 smol_skip_rows(SmolBatchScan *scan, bool forward, uint64 rows);
extern void smol_close_batches(SmolBatchScan *scan);

/* A place in the scan, to come back to; not in parallel scans. */
typedef struct SmolMark
{
	uint64		row;
	int			elements[INDEX_MAX_KEYS];
} SmolMark;

extern void smol_mark_batches(SmolBatchScan *scan, uint64 row, SmolMark *mark);
extern void smol_restore_batches(SmolBatchScan *scan, const SmolMark *mark);

/* Columns of the batch, by index column; not of folded ones. */
extern const int64 *smol_batch_words(SmolBatchScan *scan, int column);
extern const SmolSlice *smol_batch_slices(SmolBatchScan *scan, int column);
extern const int64 *smol_batch_nulls(SmolBatchScan *scan, int column);	/* NULL: none */
extern const uint16 *smol_batch_selection(SmolBatchScan *scan); /* NULL: all */

/* Parallel: state in shared memory, of this size; then, of each participant */
extern Size smol_shared_scan_size(void);
extern void smol_init_shared_scan(SmolSharedScan *shared);
extern void smol_restart_shared_scan(SmolSharedScan *shared);
extern void smol_share_batches(SmolBatchScan *scan, SmolSharedScan *shared);	/* NULL: no more */

/* what EXPLAIN says of all participants */
extern void smol_prepare_summary(SmolBatchScan *scan, int nworkers);
extern void smol_publish_summary(SmolBatchScan *scan);
extern void smol_collect_summary(SmolBatchScan *scan);
extern int	smol_rows_by_worker(SmolBatchScan *scan, const uint64 **rows);

/* ---- scan.c: the node that returns rows ---- */

/*
 * What the planner puts into CustomScan.custom_private of a SmolScan: a list of
 * these.
 */
enum SmolScanPrivate
{
	SMOL_SCAN_INDEX,			/* OID */
	SMOL_SCAN_BACKWARD,
	SMOL_SCAN_NKEYS,			/* conditions shown as those of the index */
	SMOL_SCAN_FALLBACK,			/* list of index columns, from 0: what the
								 * child returns */
	SMOL_SCAN_CONDITIONS,		/* list, from smol_pack_conditions */
	SMOL_SCAN_WINDOW,			/* the last two of custom_exprs are OFFSET and
								 * LIMIT, which the node applies */
};

extern const CustomScanMethods smol_scan_methods;

#endif							/* SMOLEXEC_H */
