/*-------------------------------------------------------------------------
 *
 * smolaggnode.h
 *	  SmolAggregate: what planner and executor must agree on, and the node's
 *	  state.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/smolaggnode.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLAGGNODE_H
#define SMOLAGGNODE_H

#include "exec/smolagg.h"
#include "exec/smolexec.h"
#include "exec/smolgroups.h"
#include "nodes/extensible.h"
#include "nodes/pg_list.h"

/*
 * What CustomScan.custom_private says.  The scan tuple (custom_scan_tlist) has
 * the grouping columns, then the aggregates, and then whatever columns the
 * conditions and expressions mention, which are not filled in.
 * CustomScan.custom_exprs has the arguments of the conditions of WHERE, then of each
 * FILTER; then the expressions that are grouped by or aggregated; and then the
 * clauses of WHERE, for EXPLAIN.
 */
typedef struct SmolAggregatePlan
{
	Oid			heap;
	Oid			index;
	bool		sorted;			/* rows come sorted by the grouping columns */
	bool		partial;		/* returns transition states, for an Agg node
								 * above to combine */
	List	   *keys;			/* integers: grouping columns */
	List	   *functions;		/* OIDs: pg_proc's, of the aggregates */
	List	   *types;			/* OIDs: base types of their arguments */
	List	   *collations;		/* OIDs: by which they compare these */
	List	   *ordered;		/* integers: do the rows of a range come in
								 * the argument's order, or the other way
								 * round? */
	List	   *columns;		/* integers: their arguments; -1: none */
	List	   *expression_filters; /* integers: FILTERs, of expressions; -1:
									 * none */
	List	   *filters;		/* integers: their FILTERs; -1: none */
	List	   *distincts;		/* integers: SmolDistinctKind, by aggregate */
	List	   *conditions;		/* smol_pack_conditions, of WHERE */
	List	   *filter_conditions;	/* a list of such for each FILTER */
} SmolAggregatePlan;

/* Does an aggregate have DISTINCT? */
typedef enum SmolDistinctKind
{
	SMOL_ALL_VALUES,
	SMOL_DISTINCT_SORTED,		/* rows come sorted by grouping columns and
								 * value */
	SMOL_DISTINCT_HASHED,
} SmolDistinctKind;

typedef struct SmolDistinct SmolDistinct;

/* Expressions are columns behind those of the index: the first has this number. */
#define SMOL_FIRST_EXPRESSION	INDEX_MAX_KEYS
#define SMOL_MAX_EXPRESSIONS	32

/* Behind all: are their numerics of the greater of two scales?  If so, not NULL. */
#define SMOL_FIRST_FULL			(SMOL_FIRST_EXPRESSION + SMOL_MAX_EXPRESSIONS)
#define SMOL_MAX_VECTORS		(SMOL_FIRST_FULL + SMOL_MAX_EXPRESSIONS)

typedef struct SmolExpression SmolExpression;

typedef enum SmolAggregateMode
{
	SMOL_AGG_UNDECIDED,
	SMOL_AGG_INDEX,
	SMOL_AGG_CHILD,
} SmolAggregateMode;

typedef struct SmolAggregateState
{
	CustomScanState css;
	SmolAggregatePlan plan;
	int			eflags;
	SmolCaller	caller;
	PlanState  *child;			/* NULL: not initialised yet */
	Relation	heap;
	Relation	index;
	SmolAggregateMode mode;		/* of the present rescan */
	bool		prepared;		/* the index has been looked at ... */
	bool		unfit;			/* ... and is of no use: not for rescans, too */
	const char *reason;			/* why a rescan was the child's; NULL: none
								 * was */

	SmolBatchScan *scan;
	int			nfilters;		/* of aggregates */
	SmolConditions **filter_conditions;
	SmolFilters **filters;
	bool		filters_set;	/* they have the arguments of this rescan */
	uint8	  **passes;			/* by filter: for each row that is taken in */
	SmolZone   *zones;			/* by filter: of the child that the walk is at */

	/* the walk over what the scan has folded, with a reader of its own */
	SmolReader *reader;
	SmolSubtrees *walk;
	bool		walking;
	bool		joins;			/* what is known of children adds up */
	SmolRun		run;			/* rows of a leaf still to be taken in */

	int			nkeys;
	int			keys[INDEX_MAX_KEYS];	/* columns */
	SmolColumnDesc key_descs[INDEX_MAX_KEYS];
	SmolNormal	key_normals[INDEX_MAX_KEYS];
	int			naggs;
	SmolAggregate *aggs;
	int			nexpressions;
	SmolExpression *expressions[SMOL_MAX_EXPRESSIONS];
	ExprContext *row_context;	/* to evaluate them row by row */
	bool		beyond;			/* a numeric has been met that no word can be */
	int			ndistincts;
	SmolDistinct **distincts;
	int			ncells;			/* aggs without those that share a cell */
	SmolAggregate *cells;
	int			ncolumns;		/* columns that are decoded ... */
	int			columns[INDEX_MAX_KEYS];
	bool		values[INDEX_MAX_KEYS]; /* ... by column: not only the NULLs */

	MemoryContext context;		/* of groups, and of the scan */
	SmolGroups *groups;
	Size		stride;
	bool		exhausted;		/* no more input */
	uint32		next;			/* group to be returned next */
	uint32		ready;			/* groups before this one are complete */

	/* room for vectors, by column: to squeeze a batch, or decode a leaf */
	SmolVector	squeezed[INDEX_MAX_KEYS];
	SmolVec		decoded[INDEX_MAX_KEYS];	/* the same, with arenas */
	uint32	   *numbers;		/* groups of rows, unless they come in runs */
	SmolGroupRun *runs;
	int64	   *some_words;
	SmolSlice  *some_slices;
	uint32	   *some_numbers;
} SmolAggregateState;

/* aggregate.c */
extern List *smol_pack_aggregate_plan(const SmolAggregatePlan *plan);
extern void smol_unpack_aggregate_plan(List *packed, SmolAggregatePlan *plan);
extern uint32 smol_find_row_groups(SmolAggregateState *node, const SmolVector *vectors,
								   uint32 n);
extern const CustomScanMethods smol_aggregate_methods;

/* agglayout.c */
extern void smol_make_expressions(SmolAggregateState *node);
extern SmolExpression *smol_node_expression(const SmolAggregateState *node, int column);
extern bool smol_lay_out_keys(SmolAggregateState *node, const SmolMetaPageData *meta);
extern bool smol_lay_out_states(SmolAggregateState *node, const SmolMetaPageData *meta);

/* aggsubtrees.c */
extern void smol_open_aggregate_walk(SmolAggregateState *node);
extern void smol_start_aggregate_walk(SmolAggregateState *node);
extern bool smol_fold_children(SmolAggregateState *node, SmolChild *child);
extern void smol_end_aggregate_walk(SmolAggregateState *node);

/* aggparallel.c */
extern Size smol_estimate_aggregate_dsm(CustomScanState *css, ParallelContext *pcxt);
extern void smol_init_aggregate_dsm(CustomScanState *css, ParallelContext *pcxt,
									void *coordinate);
extern void smol_reinit_aggregate_dsm(CustomScanState *css, ParallelContext *pcxt,
									  void *coordinate);
extern void smol_init_aggregate_worker(CustomScanState *css, shm_toc *toc,
									   void *coordinate);
extern void smol_shutdown_aggregate(CustomScanState *css);

/* expressions.c */
extern SmolExpression *smol_make_expression(SmolAggregateState *node, Expr *expr,
											bool is_key, int filter);
extern const SmolColumnDesc *smol_expression_desc(const SmolExpression *expression);
extern Oid	smol_expression_type(const SmolExpression *expression);
extern int	smol_expression_least_scale(const SmolExpression *expression);
extern int	smol_expression_columns(const SmolExpression *expression,
									const int **columns);
extern void smol_start_expression(SmolExpression *expression);
extern bool smol_expression_is_constant(const SmolExpression *expression,
										int64 low, int64 high);
extern void smol_eval_expression(SmolAggregateState *node, SmolExpression *expression,
								 const SmolVector *vectors, uint32 n,
								 SmolVector *result, SmolVector *full);

/* distinct.c */
extern SmolDistinct *smol_make_distinct(const SmolAggregateState *node, int column,
										int filter, const SmolColumnDesc *desc,
										SmolNormal normal, bool sorted);
extern bool smol_distinct_is(const SmolDistinct *distinct, int column, int filter);
extern void smol_start_distinct(SmolDistinct *distinct);
extern Size smol_distinct_memory(const SmolDistinct *distinct);
extern void smol_fold_distinct(SmolAggregateState *node, int which,
							   const SmolVector *vectors, const uint32 *numbers,
							   uint32 n);

/* aggexplain.c */
extern void smol_explain_aggregate(CustomScanState *css, List *ancestors,
								   ExplainState *es);

#endif							/* SMOLAGGNODE_H */
