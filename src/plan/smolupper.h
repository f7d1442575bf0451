/*-------------------------------------------------------------------------
 *
 * smolupper.h
 *	  Planning of aggregation: what is asked, and how an index answers it.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/smolupper.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLUPPER_H
#define SMOLUPPER_H

#include "exec/smolaggnode.h"
#include "nodes/pathnodes.h"
#include "optimizer/planner.h"
#include "plan/smolquals.h"

/* What is asked of a table. */
typedef struct SmolQuestion
{
	PlannerInfo *root;
	RelOptInfo *input;
	RelOptInfo *output;			/* whose the paths are */
	bool		partial;		/* aggs want transition states */
	PathTarget *target;
	PathTarget *scan_target;	/* of the rows; NULL: the input's paths have
								 * it */
	List	   *having;
	List	   *clauses;		/* GROUP BY, or DISTINCT ... */
	List	   *needed;			/* ... without those that are constants */
	List	   *pathkeys;		/* of these */
	List	   *tlist;			/* what the clauses refer to */
	List	   *keys;			/* expressions that are grouped by, each once */
	List	   *keyrefs;		/* their sortgrouprefs */
	List	   *aggs;			/* Aggrefs */
	double		ngroups;
} SmolQuestion;

/* The same, in terms of an index. */
typedef struct SmolAnswer
{
	SmolAggregatePlan plan;
	SmolQuals	quals;
	List	   *filters;		/* expressions: FILTERs, each once */
	List	   *filter_conditions;	/* SmolCondition, of one after the other */
	List	   *expressions;	/* what is grouped by or aggregated and is no
								 * plain column */
	bool		known;			/* subtrees are answered by statistics ... */
	int			edges;			/* ... but for so many leaves */
	double		pieces;			/* if so, of the index: each of rows that are
								 * of one group */
	bool		whole;			/* it may turn out that the index can't
								 * answer: not before it has read all */
	int			ncolumns;		/* columns that are decoded ... */
	int			ncompared;		/* ... whose values are compared by calls */
	double		risk;			/* that the fallback has to run, 0 to less
								 * than 1 */
} SmolAnswer;

/* ---- answer.c ---- */
extern const char *smol_find_question(SmolQuestion *q);
extern const char *smol_find_answer(const SmolQuestion *q, IndexOptInfo *index,
									SmolAnswer *answer);
extern bool smol_groups_fit(const SmolQuestion *q, const SmolAnswer *answer);
extern int	smol_index_column(const Var *var, const void *index);

/* ---- upper.c ---- */
extern bool smol_is_aggregable(const IndexOptInfo *index);
extern void smol_decline_aggregate(const IndexOptInfo *index, const char *why);
extern Path *smol_ordinary_scan(const SmolQuestion *q);
extern Path *smol_make_agg_path(const SmolQuestion *q, RelOptInfo *rel, Path *path,
								PathTarget *target, AggSplit split, List *having);
extern CustomPath *smol_make_aggregate_path(const SmolQuestion *q, IndexOptInfo *index,
											SmolAnswer *answer, Path *scan, int workers);

/* ---- grouping.c ---- */
extern bool smol_can_group_results(const Expr *expr);
extern int	smol_rising_column(const IndexOptInfo *index, const Expr *expr);
extern List *smol_rising_pathkeys(const SmolQuestion *q, const IndexOptInfo *index);
extern double smol_count_cells(PlannerInfo *root, const Expr *expr);
extern double smol_estimate_groups(PlannerInfo *root, List *exprs, double rows);

/* ---- partial.c ---- */
extern double smol_parallel_divisor(int workers);
extern PathTarget *smol_partial_target(const SmolQuestion *q);
extern CustomPath *smol_best_part(SmolQuestion *part, bool parallel);
extern void smol_add_final_path(const SmolQuestion *whole, Path *parts);
extern void smol_consider_parallel(const SmolQuestion *q, const GroupPathExtraData *extra);

/* ---- partitions.c ---- */
extern void smol_consider_partitions(SmolQuestion *q, const GroupPathExtraData *extra);

#endif							/* SMOLUPPER_H */
