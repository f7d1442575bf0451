/*-------------------------------------------------------------------------
 *
 * answer.c
 *	  What a query with aggregates or groups asks of a table, and whether an index
 *	  can answer it.
 *
 * It can if all that the query needs of the table is in it, it can test all quals,
 * all aggregates are known (exec/agg.c), and what is grouped by are columns, or
 * expressions over columns (grouping.c), of types that have a normal form
 * (type/normal.c).  Why one can't is said in words, for smol.explain_declined.
 *
 * The answer has the question in terms of the index: what the node does with which
 * columns, and what costs depend on.  Here are no paths and no costs: these are
 * upper.c's.
 *
 * SELECT DISTINCT is grouping without aggregates.  Neither grouping sets nor
 * ORDER BY within aggregates are considered.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/answer.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "am/smolfacts.h"
#include "catalog/pg_aggregate.h"
#include "exec/smolagg.h"
#include "exec/smolaggnode.h"
#include "exec/smolsteps.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "plan/smolquals.h"
#include "plan/smolupper.h"
#include "type/smolnormal.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* ---- the question ---- */

static Node *
strip_relabels(Node *node)
{
	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/* Is the aggregate of a kind that may be considered at all? */
static bool
aggregate_is_plain(const Aggref *aggref)
{
	return aggref->aggkind == AGGKIND_NORMAL &&
		aggref->aggdirectargs == NIL &&
		aggref->aggorder == NIL &&
		!aggref->aggvariadic &&
		aggref->agglevelsup == 0 &&
		list_length(aggref->args) <= 1;
}

/*
 * What is grouped by.  Why not, if it can't be told apart by any index, or if the
 * equality is not the type's own, or a collation's for which strings of other
 * bytes are equal.
 */
static const char *
find_keys(SmolQuestion *q)
{
	ListCell   *lc;

	foreach(lc, q->clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		TargetEntry *tle = get_sortgroupclause_tle(clause, q->tlist);
		Node	   *key = (Node *) tle->expr;
		Oid			collation = exprCollation(key);

		if (IsA(key, Var))
		{
			Var		   *var = (Var *) key;

			if (var->varlevelsup != 0 || var->varattno <= 0 ||
				var->varno != (int) q->input->relid)
				return "grouping is by what is no column of the table";
		}
		else if (contain_volatile_functions(key))
			return "grouping is by an expression that is volatile";
		else if (!contain_var_clause(key))
			return "grouping is by what does not depend on the table";
		else if (!smol_can_group_results((Expr *) key))
			return "grouping is by an expression whose results smol can't tell apart";
		if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
			return "grouping is by a collation that is not deterministic";
		if (lookup_type_cache(exprType(key), TYPECACHE_EQ_OPR)->eq_opr != clause->eqop)
			return "grouping is not by the type's equality";
		if (list_member(q->keys, key))
			continue;
		q->keys = lappend(q->keys, key);
		q->keyrefs = lappend_int(q->keyrefs, clause->tleSortGroupRef);
	}
	return NULL;
}

/* Collect aggregates; true if there is a column that is not grouped by. */
static bool
collect_aggregates(Node *node, SmolQuestion *q)
{
	if (node == NULL || list_member(q->keys, node))
		return false;
	if (IsA(node, Aggref))
	{
		q->aggs = list_append_unique(q->aggs, node);
		return false;
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) || IsA(node, GroupingFunc))
		return true;
	return expression_tree_walker(node, collect_aggregates, q);
}

/*
 * The aggregates of the output and of HAVING.  Why not, if there are some
 * that can't be considered, or columns that are not grouped by.
 */
static const char *
find_aggregates(SmolQuestion *q)
{
	ListCell   *lc;

	if (collect_aggregates((Node *) q->target->exprs, q) ||
		collect_aggregates((Node *) q->having, q))
		return "the query needs columns that it does not group by";
	foreach(lc, q->aggs)
		if (!aggregate_is_plain(lfirst_node(Aggref, lc)))
		return "an aggregate has ORDER BY, or several arguments";
	return NULL;
}

/*
 * What does the query ask?  Or why is it not considered?
 */
const char *
smol_find_question(SmolQuestion *q)
{
	const char *why;
	ListCell   *lc;

	q->keys = q->keyrefs = q->aggs = NIL;
	why = smol_why_not_scanned(q->root, q->input,
							   planner_rt_fetch(q->input->relid, q->root));
	if (why)
		return why;
	if (q->root->parse->groupingSets != NIL)
		return "the query has grouping sets";
	if (q->root->parse->hasTargetSRFs)
		return "the query has set-returning functions";

	/* nobody would ask those: there is no gating node above */
	foreach(lc, q->input->baserestrictinfo)
		if (lfirst_node(RestrictInfo, lc)->pseudoconstant)
		return "a condition does not depend on the table";
	why = find_keys(q);
	if (why == NULL)
		why = find_aggregates(q);
	if (why == NULL)
		q->ngroups = q->keys == NIL ? 1 :
			smol_estimate_groups(q->root, q->keys, q->input->rows);
	return why;
}

/* ---- the answer ---- */

/* The index column that is a column of the table, or -1. */
static int
find_column(const IndexOptInfo *index, const Var *var)
{
	for (int i = 0; i < index->ncolumns; i++)
		if (index->indexkeys[i] == var->varattno && index->canreturn[i])
			return i;
	return -1;
}

/* Is a column of the index equal to something in all rows that pass? */
static bool
column_is_fixed(const SmolQuals *quals, int column)
{
	ListCell   *lc;

	foreach(lc, quals->conditions)
	{
		SmolCondition *condition = lfirst(lc);

		if (condition->key && condition->column == column &&
			condition->test == SMOL_TEST_EQUAL && !condition->array)
			return true;
	}
	return false;
}

/*
 * Do rows come sorted by the grouping columns, by whatever order of these?  An
 * operator class may have values equal that are not, and then mixes them.  What
 * rises with a column comes sorted with it; but columns behind don't, within its
 * groups.
 */
static bool
columns_are_sorted(const IndexOptInfo *index, const SmolAnswer *answer,
				   const List *columns, const List *types)
{
	int			found = 0;

	Assert(list_length(columns) == list_length(types));
	for (int i = 0; i < index->nkeycolumns; i++)
	{
		int			rising = 0;
		int			plain = -1;
		ListCell   *lc;

		foreach(lc, columns)
		{
			int			column = lfirst_int(lc);

			if (column >= SMOL_FIRST_EXPRESSION)
				rising += smol_rising_column(index, list_nth(answer->expressions,
															 column - SMOL_FIRST_EXPRESSION)) == i;
			else if (column == i)
				plain = foreach_current_index(lc);
		}
		if (plain >= 0)
		{
			Oid			type = list_nth_oid(types, plain);
			Oid			eq_opr = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;

			if (get_op_opfamily_strategy(eq_opr, index->opfamily[i]) != BTEqualStrategyNumber)
				break;
			found++;
		}
		found += rising;
		if (plain < 0 && !column_is_fixed(&answer->quals, i))
			break;
	}
	return found == list_length(columns);
}

/*
 * Find out whether groups, and the values of aggregates with DISTINCT within them,
 * come sorted.  If groups do and values don't, neither is taken for sorted: values
 * of all groups are kept to the end then.
 */
static void
find_orders(const SmolQuestion *q, const IndexOptInfo *index, SmolAnswer *answer)
{
	SmolAggregatePlan *plan = &answer->plan;
	List	   *types = NIL;
	bool		hashed = answer->whole;
	ListCell   *lc;

	foreach(lc, q->keys)
		types = lappend_oid(types, exprType(lfirst(lc)));
	plan->sorted = q->keys != NIL && columns_are_sorted(index, answer, plan->keys, types);
	foreach(lc, plan->distincts)
	{
		int			column = list_nth_int(plan->columns, foreach_current_index(lc));
		List	   *columns = list_copy(plan->keys);
		List	   *all = list_copy(types);

		if (lfirst_int(lc) == SMOL_ALL_VALUES)
			continue;
		if (!list_member_int(columns, column))
		{
			columns = lappend_int(columns, column);
			all = lappend_oid(all, list_nth_oid(plan->types, foreach_current_index(lc)));
		}
		if (columns_are_sorted(index, answer, columns, all))
			lfirst_int(lc) = SMOL_DISTINCT_SORTED;
		else
			hashed = true;
	}
	if (hashed)
	{
		plan->sorted = false;
		foreach(lc, plan->distincts)
			if (lfirst_int(lc) == SMOL_DISTINCT_SORTED && q->keys != NIL)
			lfirst_int(lc) = SMOL_DISTINCT_HASHED;
	}
}

/*
 * Is DISTINCT by the equality of the column's own type, with its normal forms?  The
 * argument may be of another type that is stored alike: text taken for a bpchar
 * is equal without its last blanks.
 */
static bool
is_plain_distinct(const Aggref *aggref)
{
	SortGroupClause *clause = linitial_node(SortGroupClause, aggref->aggdistinct);
	Node	   *argument = (Node *) linitial_node(TargetEntry, aggref->args)->expr;
	Oid			type = exprType(strip_relabels(argument));
	Oid			collation = exprCollation(argument);

	return lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr == clause->eqop &&
		(!OidIsValid(collation) || get_collation_isdeterministic(collation));
}

/*
 * Is a minimum or maximum that of the first or last row of each range, but for
 * NULLs?  So it is if the index has the column in the order that it goes by, behind
 * others that are fixed.
 */
static bool
aggregate_is_ordered(const IndexOptInfo *index, const SmolQuals *quals,
					 const Aggref *aggref, int column)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	Oid			sortop;
	int			strategy;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	sortop = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggsortop;
	ReleaseSysCache(tuple);
	if (column >= index->nkeycolumns || !OidIsValid(sortop) ||
		index->indexcollations[column] != aggref->inputcollid)
		return false;
	strategy = get_op_opfamily_strategy(sortop, index->opfamily[column]);
	if (strategy != BTLessStrategyNumber && strategy != BTGreaterStrategyNumber)
		return false;
	for (int i = 0; i < column; i++)
		if (!column_is_fixed(quals, i))
			return false;
	return true;
}

/*
 * An aggregate that keeps one of the values of a column: note how it finds it, or
 * say why it can't.
 */
static const char *
add_extreme(const SmolQuestion *q, const IndexOptInfo *index, const SmolColumnDesc *desc,
			SmolAnswer *answer, const SmolAggregateType *type, const Aggref *aggref,
			Oid argtype, int column)
{
	SmolComparator cmp;
	uint8		stats;

	if (type_is_collatable(argtype) &&
		(!OidIsValid(aggref->inputcollid) ||
		 !get_collation_isdeterministic(aggref->inputcollid)))
		return "a minimum or maximum is by a collation that is not deterministic";
	if (q->keys == NIL && aggref->aggfilter == NULL &&
		aggregate_is_ordered(index, &answer->quals, aggref, column))
	{
		llast_int(answer->plan.ordered) = true;
		return NULL;
	}
	smol_init_value_comparator(&cmp, desc, argtype, aggref->inputcollid);
	stats = smol_aggregate_stats(type, &cmp);
	if (stats == 0 || (desc->stats & stats) != stats)
		answer->known = false;
	if (cmp.order == SMOL_ORDER_FMGR)
		answer->ncompared++;
	return NULL;
}

/*
 * The number of a FILTER; -1 if it is none.  False if the index can't test it.  One
 * on the first column of the key leaves few leaves of which it is not known whether
 * their rows pass.
 */
static bool
find_filter(const SmolQuestion *q, IndexOptInfo *index, const SmolMetaPageData *meta,
			SmolAnswer *answer, Expr *filter, int *number)
{
	SmolQuals	quals;
	List	   *rinfos = NIL;
	ListCell   *lc;

	*number = -1;
	if (filter == NULL)
		return true;
	foreach(lc, answer->filters)
		if (equal(lfirst(lc), filter))
		*number = foreach_current_index(lc);
	if (*number >= 0)
		return true;

	/* asked of rows that security quals may turn away */
	foreach(lc, make_ands_implicit(filter))
		rinfos = lappend(rinfos,
						 make_restrictinfo(q->root, lfirst(lc), true, false, false, false,
										   q->root->qual_security_level,
										   NULL, NULL, NULL));
	smol_divide_quals(q->root, q->input, index, rinfos, &quals);
	if (quals.rest != NIL)
		return false;
	foreach(lc, quals.conditions)
	{
		SmolCondition *condition = lfirst(lc);

		/* a filter, whatever the column; of arrays only keys know an order */
		if (condition->array && condition->test != SMOL_TEST_EQUAL &&
			condition->test != SMOL_TEST_NOT_EQUAL)
			return false;
		if (!condition->key || condition->column != 0 || condition->array ||
			!SmolImageIsWord(meta->columns[0].image) ||
			!(meta->columns[0].stats & SMOL_STATS_MINMAX))
			answer->known = false;
		answer->edges += condition->test == SMOL_TEST_EQUAL ? 2 : 1;
		condition->key = false;
		answer->filter_conditions = lappend(answer->filter_conditions, condition);
	}
	*number = list_length(answer->filters);
	answer->filters = lappend(answer->filters, filter);
	answer->plan.filter_conditions = lappend(answer->plan.filter_conditions,
											 smol_pack_conditions(quals.conditions));
	answer->ncolumns++;
	return true;
}

static bool
has_odd_columns(Node *node, const IndexOptInfo *index)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		return var->varlevelsup != 0 || var->varattno <= 0 || find_column(index, var) < 0;
	}
	if (IsA(node, PlaceHolderVar) || IsA(node, SubLink) || IsA(node, AlternativeSubPlan) ||
		IsA(node, GroupingFunc))
		return true;
	return expression_tree_walker(node, has_odd_columns, (void *) index);
}

/*
 * The number of the column that an expression becomes; or why it can't be one.
 * It is evaluated for rows that pass all conditions, and the FILTER.
 */
static const char *
find_expression(const IndexOptInfo *index, SmolAnswer *answer, Node *expr, int filter,
				int *column)
{
	SmolAggregatePlan *plan = &answer->plan;
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, answer->expressions, lc2, plan->expression_filters)
		if (lfirst_int(lc2) == filter && equal(lfirst(lc), expr))
	{
		*column = SMOL_FIRST_EXPRESSION + foreach_current_index(lc);
		return NULL;
	}
	if (has_odd_columns(expr, index) || contain_volatile_functions(expr) ||
		contain_subplans(expr))
		return "the query has an expression that the index can't evaluate";
	if (list_length(answer->expressions) == SMOL_MAX_EXPRESSIONS)
		return "there are too many expressions";
	*column = SMOL_FIRST_EXPRESSION + list_length(answer->expressions);
	answer->expressions = lappend(answer->expressions, expr);
	plan->expression_filters = lappend_int(plan->expression_filters, filter);
	return NULL;
}

/*
 * The column of an expression that is grouped by.  If it is the same for long parts
 * of the first key column, these are as good as a range each.
 */
static const char *
find_key_expression(const SmolQuestion *q, const IndexOptInfo *index, SmolAnswer *answer,
					Node *expr, int *column)
{
	const char *why = find_expression(index, answer, expr, -1, column);
	double		pieces = 0;

	if (why)
		return why;
	if (find_column(index, linitial_node(Var, pull_var_clause(expr, 0))) == 0)
		pieces = smol_count_cells(q->root, (Expr *) expr);
	if (pieces > 0)
		answer->pieces = Max(answer->pieces, pieces);
	else
		answer->known = false;
	return NULL;
}

/* For smol_make_steps: 'index' is an IndexOptInfo. */
int
smol_index_column(const Var *var, const void *index)
{
	return find_column(index, var);
}

/*
 * The column of an expression that is aggregated.  Numerics are computed only where
 * they are words; whether all of them are is seen in execution.
 */
static const char *
find_argument(const IndexOptInfo *index, const SmolMetaPageData *meta, SmolAnswer *answer,
			  Node *expr, int filter, const SmolAggregateType *type, int *column)
{
	SmolColumnDesc desc;
	const char *why;

	answer->known = false;
	why = find_expression(index, answer, expr, filter, column);
	if (why || type == NULL)
		return why;
	if (getBaseType(exprType(expr)) == NUMERICOID)
	{
		SmolSteps  *steps = smol_make_steps((Expr *) expr, meta, smol_index_column, index);
		SmolStepsResult result;

		if (steps == NULL || list_member_int(answer->plan.keys, *column))
			return "the argument of an aggregate is a numeric expression that the index can't evaluate";
		smol_describe_steps(steps, &result);
		if (result.least >= 0 && type->fold != SMOL_FOLD_COUNT && type->fold != SMOL_FOLD_SUM)
			return "the argument of an aggregate is a numeric expression of several scales";
		answer->whole = true;
	}
	else if (!smol_describe_type(exprType(expr), &desc))
		return "the argument of an aggregate is an expression whose results are no words";
	return NULL;
}

/*
 * How can this index answer the question?  Or why not?
 */
static const char *
find_answer(const SmolQuestion *q, IndexOptInfo *index,
			const SmolMetaPageData *meta, SmolAnswer *answer)
{
	SmolAggregatePlan *plan = &answer->plan;
	SmolNormal	normal;
	ListCell   *lc;

	memset(answer, 0, sizeof(*answer));
	plan->index = index->indexoid;
	plan->heap = planner_rt_fetch(q->input->relid, q->root)->relid;
	answer->known = true;
	smol_divide_quals(q->root, q->input, index, q->input->baserestrictinfo, &answer->quals);

	foreach(lc, q->keys)
	{
		Node	   *key = lfirst(lc);
		int			column;

		if (IsA(key, Var))
		{
			column = find_column(index, (Var *) key);
			if (column < 0 ||
				!smol_find_normal(getBaseType(((Var *) key)->vartype), &meta->columns[column],
								  &normal))
				return "it does not have a grouping column, or in a way that does not tell groups apart";
			answer->known = false;
		}
		else
		{
			const char *why = find_key_expression(q, index, answer, key, &column);

			if (why)
				return why;
		}
		plan->keys = lappend_int(plan->keys, column);
		answer->ncolumns++;
	}

	foreach(lc, q->aggs)
	{
		Aggref	   *aggref = lfirst_node(Aggref, lc);
		const SmolAggregateType *type;
		Oid			argtype = InvalidOid;
		SmolDistinctKind distinct = SMOL_ALL_VALUES;
		int			column = -1;
		int			filter;

		if (!find_filter(q, index, meta, answer, aggref->aggfilter, &filter))
			return "a FILTER is more than the index can test";
		if (aggref->args != NIL)
		{
			Node	   *argument = (Node *) linitial_node(TargetEntry, aggref->args)->expr;
			Var		   *var = (Var *) strip_relabels(argument);
			const char *why;

			if (IsA(var, Var) && var->varlevelsup == 0 && var->varattno > 0)
			{
				column = find_column(index, var);
				if (column < 0)
					return "it does not have the argument of an aggregate";
				argtype = getBaseType(var->vartype);
			}
			else if (aggref->aggdistinct != NIL)
				return "the argument of an aggregate with DISTINCT is not a plain column";
			else
			{
				argtype = getBaseType(exprType(argument));
				why = find_argument(index, meta, answer, argument, filter,
									smol_find_aggregate(aggref->aggfnoid, argtype), &column);
				if (why)
					return why;
			}
		}
		type = smol_find_aggregate(aggref->aggfnoid, argtype);
		if (type == NULL)
			return "an aggregate is not among those that smol computes";
		plan->collations = lappend_oid(plan->collations, aggref->inputcollid);
		plan->ordered = lappend_int(plan->ordered, false);
		if (column >= 0 && column < SMOL_FIRST_EXPRESSION)
		{
			type = smol_fit_aggregate(type, &meta->columns[column]);
			if (type == NULL)
				return "it does not store the argument of an aggregate as words of its type";
			if (smol_aggregate_keeps_value(type))
			{
				const char *why = add_extreme(q, index, &meta->columns[column], answer, type,
											  aggref, argtype, column);

				if (why)
					return why;
				answer->ncolumns++;
			}
			else if (type->fold != SMOL_FOLD_COUNT)
			{
				uint8		stats = smol_aggregate_stats(type, NULL);

				answer->ncolumns++;
				if (stats == 0 || (meta->columns[column].stats & stats) != stats)
					answer->known = false;
			}
		}
		if (aggref->aggdistinct != NIL && !smol_aggregate_ignores_distinct(type))
		{
			if (smol_why_not_distinct(type))
				return smol_why_not_distinct(type);
			if (!is_plain_distinct(aggref) ||
				!smol_find_normal(argtype, &meta->columns[column], &normal))
				return "DISTINCT is by an equality that smol does not know";
			distinct = SMOL_DISTINCT_HASHED;
			answer->ncolumns++;
			answer->known = false;
		}
		plan->functions = lappend_oid(plan->functions, aggref->aggfnoid);
		plan->distincts = lappend_int(plan->distincts, distinct);
		plan->types = lappend_oid(plan->types, argtype);
		plan->columns = lappend_int(plan->columns, column);
		plan->filters = lappend_int(plan->filters, filter);
	}

	if (answer->quals.rest != NIL)
		return "a condition is more than the index can test";
	plan->conditions = smol_pack_conditions(answer->quals.conditions);
	find_orders(q, index, answer);
	return NULL;
}

/* How can this index answer the question?  Or why not? */
const char *
smol_find_answer(const SmolQuestion *q, IndexOptInfo *index, SmolAnswer *answer)
{
	const char *why;

	if (index->indpred != NIL && !index->predOK)
		return "its predicate is not implied by the query";
	if (!smol_index_covers(q->input, index, NIL))
		return "it does not have all columns that the query needs";

	why = find_answer(q, index, &smol_get_facts(q->root, index)->meta, answer);
	if (why)
		return why;
	answer->risk = smol_quals_risk(q->root, q->input, index, &answer->quals);
	return answer->risk >= 1 ? "rows of the range that the query reads have changed" : NULL;
}

/* Is it worth keeping all groups in memory?  They don't spill. */
bool
smol_groups_fit(const SmolQuestion *q, const SmolAnswer *answer)
{
	double		bytes = 32.0 + 32.0 * list_length(q->keys) +
		sizeof(SmolCell) * list_length(q->aggs);
	double		total = 0;
	ListCell   *lc;

	if (q->keys != NIL && !answer->plan.sorted)
		total = q->ngroups * bytes;
	foreach(lc, answer->plan.distincts)
	{
		Aggref	   *aggref = list_nth_node(Aggref, q->aggs, foreach_current_index(lc));
		List	   *columns = list_copy(q->keys);

		if (lfirst_int(lc) != SMOL_DISTINCT_HASHED)
			continue;
		columns = list_append_unique(columns,
									 strip_relabels((Node *) linitial_node(TargetEntry, aggref->args)->expr));
		total += (64.0 + 32.0 * list_length(q->keys)) *
			estimate_num_groups(q->root, columns, q->input->rows, NULL, NULL);
	}
	return total < (double) get_hash_memory_limit();
}
