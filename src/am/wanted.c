/*-------------------------------------------------------------------------
 *
 * wanted.c
 *	  Which columns of an index-only scan's rows is anyone going to look at?
 *
 * An access method returns all columns of the index, and is not told which of
 * them the query has a use for.  But the executor's node gives the scan a pointer
 * to counters that it keeps in itself; so the node can be found, and known for
 * what it is by its pointing back to the scan.  Its plan says the rest:
 *
 *	- if the node projects, its target list and quals have all that is looked at;
 *	- if it hands its rows on as they are, as it does to an aggregation, it is
 *	  for the node above to say, and we ask no other kind of node than Agg.
 *
 * Whatever is not understood wants all columns.  Others may be NULL in the rows
 * that the scan returns, which is a value that anyone can copy.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/wanted.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "am/smolam.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"

/* In larger plans the node above is not looked for: each scan would, in turn. */
#define MAX_NODES	100

typedef struct Wanted
{
	int			varno;			/* columns are those of this input */
	int			ncolumns;
	bool	   *wanted;
	bool		odd;			/* something was not understood */
} Wanted;

static bool
want_columns(Node *node, void *context)
{
	Wanted	   *want = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		const Var  *var = (const Var *) node;

		if (var->varno != want->varno)
			want->odd |= !IS_SPECIAL_VARNO(var->varno);
		else if (var->varattno < 1 || var->varattno > want->ncolumns)
			want->odd = true;
		else
			want->wanted[var->varattno - 1] = true;
		return false;
	}
	return expression_tree_walker(node, want_columns, context);
}

/* The node of a plan that has this one as its outer input, NULL if not found. */
static const Plan *
find_parent(const Plan *plan, const Plan *child, int *nodes)
{
	const Plan *parent;
	List	   *children = NIL;
	ListCell   *lc;

	if (plan == NULL || ++*nodes > MAX_NODES)
		return NULL;
	if (plan->lefttree == child)
		return plan;
	parent = find_parent(plan->lefttree, child, nodes);
	if (parent == NULL)
		parent = find_parent(plan->righttree, child, nodes);
	if (IsA(plan, Append))
		children = ((const Append *) plan)->appendplans;
	else if (IsA(plan, MergeAppend))
		children = ((const MergeAppend *) plan)->mergeplans;
	else if (IsA(plan, CustomScan))
		children = ((const CustomScan *) plan)->custom_plans;
	else if (IsA(plan, SubqueryScan))
		parent = find_parent(((const SubqueryScan *) plan)->subplan, child, nodes);
	foreach(lc, children)
	{
		if (parent)
			break;
		parent = find_parent(lfirst(lc), child, nodes);
	}
	return parent;
}

/* What an aggregation looks at; false if that is not known. */
static bool
want_for_agg(const PlannedStmt *stmt, const Plan *child, Wanted *want)
{
	int			nodes = 0;
	const Plan *parent;
	const Agg  *agg;
	ListCell   *lc;

	parent = find_parent(stmt->planTree, child, &nodes);
	foreach(lc, stmt->subplans)
	{
		if (parent)
			break;
		parent = find_parent(lfirst(lc), child, &nodes);
	}
	if (parent == NULL || !IsA(parent, Agg))
		return false;

	/* one after the other of the grouping sets has rows sorted again */
	agg = (const Agg *) parent;
	if (agg->groupingSets != NIL || agg->chain != NIL)
		return false;
	for (int i = 0; i < agg->numCols; i++)
	{
		if (agg->grpColIdx[i] < 1 || agg->grpColIdx[i] > want->ncolumns)
			return false;
		want->wanted[agg->grpColIdx[i] - 1] = true;
	}
	want->varno = OUTER_VAR;
	(void) want_columns((Node *) agg->plan.targetlist, want);
	(void) want_columns((Node *) agg->plan.qual, want);
	return !want->odd;
}

/*
 * Sets 'wanted' for each column of the index that may be looked at; false if all
 * of them may.
 */
bool
smol_find_wanted(IndexScanDesc scan, bool *wanted)
{
	IndexOnlyScanState *node;
	Wanted		want = {0};

	if (scan->instrument == NULL || !scan->xs_want_itup)
		return false;
	node = (IndexOnlyScanState *) ((char *) scan->instrument -
								   offsetof(IndexOnlyScanState, ioss_Instrument));
	if (!IsA(node, IndexOnlyScanState) || node->ioss_ScanDesc != scan)
		return false;

	want.ncolumns = RelationGetDescr(scan->indexRelation)->natts;
	want.wanted = wanted;
	memset(wanted, false, want.ncolumns * sizeof(bool));
	if (node->ss.ps.ps_ProjInfo == NULL)
	{
		if (!want_for_agg(node->ss.ps.state->es_plannedstmt, node->ss.ps.plan, &want))
			return false;
	}
	want.varno = INDEX_VAR;
	if (node->ss.ps.ps_ProjInfo)
		(void) want_columns((Node *) node->ss.ps.plan->targetlist, &want);
	(void) want_columns((Node *) node->ss.ps.plan->qual, &want);
	if (want.odd)
		return false;
	for (int c = 0; c < want.ncolumns; c++)
		if (!wanted[c])
			return true;
	return false;
}
