/*-------------------------------------------------------------------------
 *
 * smolquals.h
 *	  Which quals of a relation a smol index can test.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/smolquals.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLQUALS_H
#define SMOLQUALS_H

#include "exec/smolexec.h"
#include "nodes/pathnodes.h"

/*
 * What has been estimated of them; less than 0: not yet.  Copies of a SmolQuals
 * have this together.
 */
typedef struct SmolQualsEstimates
{
	double		share;			/* see smol_quals_share */
	Selectivity in_range;		/* rows that the bounds leave, and ... */
	Selectivity passing;		/* ... all conditions; of the predicate's */
} SmolQualsEstimates;

/*
 * The quals of a relation (baserestrictinfo, and the join clauses of a
 * parameterised path if any), divided: what the index tests, and what the
 * executor must ask of each row that comes out.
 */
typedef struct SmolQuals
{
	List	   *conditions;		/* SmolCondition; key conditions first, in the
								 * order of the columns */
	List	   *condition_rinfos;	/* the RestrictInfo that each comes from */
	List	   *rest;			/* RestrictInfo */
	int			nkeys;			/* key conditions */
	int			nbounds;		/* of these, the first so many bound the range */
	bool		exact_range;	/* the range's bounds are all that is asked:
								 * no filters, nothing in rest */
	SmolQualsEstimates *estimates;
} SmolQuals;

extern void smol_divide_quals(PlannerInfo *root, RelOptInfo *rel,
							  IndexOptInfo *index, List *rinfos,
							  SmolQuals *quals);

/* The part of a range's leaves that the other conditions leave to be read. */
extern double smol_quals_share(PlannerInfo *root, IndexOptInfo *index,
							   const SmolQuals *quals);

/* How likely is a scan with these quals to fall back? */
extern double smol_quals_risk(PlannerInfo *root, RelOptInfo *rel,
							  IndexOptInfo *index, const SmolQuals *quals);

/*
 * Is all that the query needs of the relation in the index: the target list, and
 * the quals that the executor asks?
 */
extern bool smol_index_covers(RelOptInfo *rel, IndexOptInfo *index,
							  const List *rest);

/* The order of the index; to be copied before it is changed. */
extern List *smol_index_pathkeys(PlannerInfo *root, IndexOptInfo *index,
								 bool backward);

/* If not: a column that is missing, by number; 0 is the whole row. */
extern AttrNumber smol_missing_column(RelOptInfo *rel, IndexOptInfo *index,
									  const List *rest, bool *covers);

/* May this relation be read by a custom node at all?  If not, why. */
extern const char *smol_why_not_scanned(PlannerInfo *root, RelOptInfo *rel,
										RangeTblEntry *rte);

/* ---- scanpath.c ---- */
extern CustomPath *smol_make_scan_path(PlannerInfo *root, RelOptInfo *rel,
									   IndexOptInfo *index, const SmolQuals *quals,
									   List *pathkeys, bool backward);

#endif							/* SMOLQUALS_H */
