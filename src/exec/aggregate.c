/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  SmolAggregate: aggregates and groups computed inside an index.
 *
 * The node stands where an Agg node would: it reads the batches of one index
 * (batches.c), takes them into the states of their groups (groups.c, fold.c),
 * and returns a row for each group.  Of subtrees whose rows all count it takes
 * what the levels above know of them, if that is enough, so a range without
 * further conditions costs its two edges.  A FILTER is no obstacle to that where
 * what they know says that all rows of a subtree pass it, or none.
 *
 * Where rows come sorted by the grouping columns, groups are returned as they
 * are completed.  Elsewhere all states are kept until the end; if they outgrow
 * hash_mem the node starts over with its child.
 *
 * A partial aggregation is a part of one, that an Agg node above puts together:
 * the transition states of some of the rows, those of one partition or those
 * that a process of a parallel query has got (aggparallel.c).  It returns them
 * as a partial Agg node of PostgreSQL's would.
 *
 * The child is the ordinary plan of the same aggregation.  It is run when the
 * index can't be used for the snapshot, and shown by EXPLAIN then only.
 *
 * Rows that HAVING turns away, and what is computed from aggregates, are the
 * executor's: quals and projection on the scan tuple.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/aggregate.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "exec/smolaggnode.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Runs of a group are taken in one by one if they have as many rows. */
#define ROWS_PER_RUN		8

/* States of groups start at multiples of this. */
#define STATE_ALIGN(size)	TYPEALIGN(16, size)

List *
smol_pack_aggregate_plan(const SmolAggregatePlan *plan)
{
	List	   *packed = NIL;

	packed = lappend(packed, list_make2_oid(plan->heap, plan->index));
	packed = lappend(packed, list_make2_int(plan->sorted, plan->partial));
	packed = lappend(packed, plan->keys);
	packed = lappend(packed, plan->functions);
	packed = lappend(packed, list_make3(plan->types, plan->collations, plan->ordered));
	packed = lappend(packed, list_make2(plan->columns, plan->expression_filters));
	packed = lappend(packed, list_make2(plan->filters, plan->distincts));
	packed = lappend(packed, plan->conditions);
	return lappend(packed, plan->filter_conditions);
}

void
smol_unpack_aggregate_plan(List *packed, SmolAggregatePlan *plan)
{
	plan->heap = linitial_oid(list_nth(packed, 0));
	plan->index = lsecond_oid(list_nth(packed, 0));
	plan->sorted = linitial_int(list_nth(packed, 1)) != 0;
	plan->partial = lsecond_int(list_nth(packed, 1)) != 0;
	plan->keys = list_nth(packed, 2);
	plan->functions = list_nth(packed, 3);
	plan->types = linitial(list_nth(packed, 4));
	plan->collations = lsecond(list_nth(packed, 4));
	plan->ordered = lthird(list_nth(packed, 4));
	plan->columns = linitial(list_nth(packed, 5));
	plan->expression_filters = lsecond(list_nth(packed, 5));
	plan->filters = linitial(list_nth(packed, 6));
	plan->distincts = lsecond(list_nth(packed, 6));
	plan->conditions = list_nth(packed, 7);
	plan->filter_conditions = list_nth(packed, 8);
}

/* ---- beginning ---- */

/* Decode this column of batches: its NULLs, and values if that is said. */
static void
need_column(SmolAggregateState *node, int column, bool values)
{
	node->values[column] |= values;
	for (int i = 0; i < node->ncolumns; i++)
		if (node->columns[i] == column)
			return;
	node->columns[node->ncolumns++] = column;
}

/* Expressions come behind the arguments of conditions. */
static void
make_expressions(SmolAggregateState *node)
{
	CustomScan *cscan = (CustomScan *) node->css.ss.ps.plan;
	int			next = list_length(node->plan.conditions);
	ListCell   *lc;

	foreach(lc, node->plan.filter_conditions)
		next += list_length(lfirst(lc));
	foreach(lc, node->plan.expression_filters)
	{
		bool		is_key = list_member_int(node->plan.keys, SMOL_FIRST_EXPRESSION +
											 foreach_current_index(lc));
		SmolExpression *expression = smol_make_expression(node,
														  list_nth(cscan->custom_exprs, next++),
														  is_key, lfirst_int(lc));
		const int  *columns;
		int			n = smol_expression_columns(expression, &columns);

		for (int i = 0; i < n; i++)
			need_column(node, columns[i], true);
		node->expressions[node->nexpressions++] = expression;
	}
}

/* The base type of a column of the index. */
static Oid
column_type(const SmolAggregateState *node, int column)
{
	return getBaseType(TupleDescAttr(RelationGetDescr(node->index), column)->atttypid);
}

/* The number of an aggregate's DISTINCT, made if it is the first. */
static int
find_distinct(SmolAggregateState *node, const SmolAggregate *agg, SmolNormal normal,
			  bool sorted)
{
	for (int i = 0; i < node->ndistincts; i++)
		if (smol_distinct_is(node->distincts[i], agg->column, agg->filter))
			return i;
	need_column(node, agg->column, true);
	node->distincts[node->ndistincts] = smol_make_distinct(node, agg->column, agg->filter,
														   &agg->desc, normal, sorted);
	return node->ndistincts++;
}

/* The expression that a column behind those of the index is; NULL: it is of these. */
static SmolExpression *
get_expression(const SmolAggregateState *node, int column)
{
	if (column < SMOL_FIRST_EXPRESSION)
		return NULL;
	Assert(column - SMOL_FIRST_EXPRESSION < node->nexpressions);
	return node->expressions[column - SMOL_FIRST_EXPRESSION];
}

/*
 * Find the grouping columns; false if the index does not hold them in a way that
 * tells groups apart.  Of expressions the planner knows that.
 */
static bool
lay_out_keys(SmolAggregateState *node, const SmolMetaPageData *meta)
{
	node->nkeys = list_length(node->plan.keys);
	for (int i = 0; i < node->nkeys; i++)
	{
		int			column = list_nth_int(node->plan.keys, i);

		if (column >= meta->ncolumns &&
			(column < SMOL_FIRST_EXPRESSION ||
			 column - SMOL_FIRST_EXPRESSION >= node->nexpressions))
			elog(ERROR, "unexpected grouping column %d", column);
		node->keys[i] = column;
		if (column >= SMOL_FIRST_EXPRESSION)
		{
			node->key_descs[i] = *smol_expression_desc(get_expression(node, column));
			if (!smol_find_normal(smol_expression_type(get_expression(node, column)),
								  &node->key_descs[i], &node->key_normals[i]))
				return false;
			continue;
		}
		node->key_descs[i] = meta->columns[column];
		if (!smol_find_normal(column_type(node, column), &node->key_descs[i],
							  &node->key_normals[i]))
			return false;
		need_column(node, column, true);
	}
	return true;
}

/*
 * The cell of an aggregate, of an argument of this type: that of another one that
 * keeps the same, or a new one.
 */
static Size
find_cell(SmolAggregateState *node, SmolAggregate *agg, Oid type)
{
	for (int k = 0; k < node->ncells; k++)
		if (node->cells[k].column == agg->column &&
			node->cells[k].filter == agg->filter &&
			node->cells[k].distinct == agg->distinct &&
			node->cells[k].collation == agg->collation &&
			node->cells[k].type->fold == agg->type->fold)
			return node->cells[k].offset;
	agg->offset = node->stride;
	node->stride = STATE_ALIGN(node->stride + smol_cell_size(agg->type->fold));
	node->cells[node->ncells] = *agg;
	smol_begin_fold(&node->cells[node->ncells++], type);
	return agg->offset;
}

/*
 * Numerics of an expression may be of two scales: then a sum is of the greater one if
 * any value was, so those are counted.
 */
static void
find_scales(SmolAggregateState *node, SmolAggregate *agg)
{
	SmolAggregate count = *agg;

	agg->least = agg->column < SMOL_FIRST_EXPRESSION ? -1 :
		smol_expression_least_scale(get_expression(node, agg->column));
	if (agg->least < 0)
		return;
	count.type = smol_find_aggregate(F_COUNT_ANY, InvalidOid);
	count.column = agg->column - SMOL_FIRST_EXPRESSION + SMOL_FIRST_FULL;
	count.least = -1;
	agg->full = find_cell(node, &count, InvalidOid);
}

/*
 * Lay out the states of a group; aggregates that keep the same of the same
 * column share a cell.  Returns false if the index does not hold the columns
 * in a way that the aggregates can be computed of.
 */
static bool
lay_out_states(SmolAggregateState *node, const SmolMetaPageData *meta)
{
	node->naggs = list_length(node->plan.functions);
	node->aggs = palloc0_array(SmolAggregate, Max(node->naggs, 1));
	node->distincts = palloc0_array(SmolDistinct *, Max(node->naggs, 1));
	node->cells = palloc0_array(SmolAggregate, Max(node->naggs * 2, 1));

	for (int i = 0; i < node->naggs; i++)
	{
		SmolAggregate *agg = &node->aggs[i];
		SmolDistinctKind kind = list_nth_int(node->plan.distincts, i);

		agg->type = smol_find_aggregate(list_nth_oid(node->plan.functions, i),
										list_nth_oid(node->plan.types, i));
		agg->column = list_nth_int(node->plan.columns, i);
		agg->filter = list_nth_int(node->plan.filters, i);
		agg->collation = list_nth_oid(node->plan.collations, i);
		if (agg->type == NULL ||
			(agg->column >= meta->ncolumns &&
			 agg->column - SMOL_FIRST_EXPRESSION >= node->nexpressions))
			elog(ERROR, "unexpected aggregate function %u",
				 list_nth_oid(node->plan.functions, i));
		if (agg->column >= SMOL_FIRST_EXPRESSION)
		{
			agg->desc = *smol_expression_desc(get_expression(node, agg->column));
			agg->type = smol_fit_aggregate(agg->type, &agg->desc);
			if (agg->type == NULL)
				return false;
		}
		else if (agg->column >= 0)
		{
			agg->desc = meta->columns[agg->column];
			agg->type = smol_fit_aggregate(agg->type, &agg->desc);
			if (agg->type == NULL)
				return false;
			agg->ordered = list_nth_int(node->plan.ordered, i) &&
				smol_aggregate_keeps_value(agg->type);
			need_column(node, agg->column, agg->type->fold != SMOL_FOLD_COUNT);
		}
		agg->distinct = -1;
		if (kind != SMOL_ALL_VALUES)
		{
			SmolNormal	normal;

			if (!smol_find_normal(column_type(node, agg->column), &agg->desc, &normal))
				return false;
			agg->distinct = find_distinct(node, agg, normal, kind == SMOL_DISTINCT_SORTED);
		}
		find_scales(node, agg);
		agg->offset = find_cell(node, agg, list_nth_oid(node->plan.types, i));
	}
	return true;
}

/*
 * Can what is known of some rows be added up, without a look at each group, or at
 * what FILTERs say of it?
 */
static bool
stats_add_up(const SmolAggregateState *node)
{
	if (node->nkeys > 0 || node->ndistincts > 0 || node->nfilters > 0)
		return false;
	for (int i = 0; i < node->ncells; i++)
		switch (node->cells[i].type->fold)
		{
			case SMOL_FOLD_COUNT:
			case SMOL_FOLD_SUM:
			case SMOL_FOLD_MIN:
			case SMOL_FOLD_MAX:
				break;
			default:
				return false;
		}
	return true;
}

/* What the walk is to tell of each column. */
static void
begin_walk(SmolAggregateState *node)
{
	uint8		wanted[INDEX_MAX_KEYS] = {0};

	for (int i = 0; i < node->ncells; i++)
		if (node->cells[i].column >= 0 && node->cells[i].column < SMOL_FIRST_EXPRESSION)
		{
			wanted[node->cells[i].column] |= SMOL_SUBTREES_NULLS |
				(node->cells[i].distinct >= 0 ? SMOL_STATS_MINMAX :
				 smol_aggregate_stats(node->cells[i].type, node->cells[i].cmp));
		}
	for (int i = 0; i < node->nkeys; i++)
	{
		const int  *columns = &node->keys[i];
		int			n = 1;

		if (node->keys[i] >= SMOL_FIRST_EXPRESSION)
			n = smol_expression_columns(get_expression(node, node->keys[i]), &columns);
		for (int k = 0; k < n; k++)
			wanted[columns[k]] |= SMOL_SUBTREES_NULLS | SMOL_STATS_MINMAX;
	}
	for (int i = 0; i < node->nfilters; i++)
		for (int k = 0; k < node->filter_conditions[i]->n; k++)
			wanted[node->filter_conditions[i]->conditions[k].column] |=
				SMOL_SUBTREES_NULLS | SMOL_STATS_MINMAX;
	node->reader = smol_open_reader(node->index);
	node->walk = smol_begin_subtrees(node->reader, wanted);
	node->joins = stats_add_up(node);
}

static void
allocate_vectors(SmolAggregateState *node)
{
	for (int i = 0; i < node->ncolumns; i++)
	{
		int			column = node->columns[i];
		bool		word = SmolImageIsWord(node->reader->meta.columns[column].image);
		SmolVector *squeezed = &node->squeezed[column];

		if (word)
			squeezed->words = palloc_array(int64, SMOL_BATCH_ROWS);
		else
			squeezed->slices = palloc_array(SmolSlice, SMOL_BATCH_ROWS);
		squeezed->nulls = palloc_array(int64, SMOL_BATCH_ROWS);
	}
	node->numbers = palloc0_array(uint32, SMOL_BATCH_ROWS);
	node->runs = palloc_array(SmolGroupRun, SMOL_BATCH_ROWS);
	node->some_words = palloc_array(int64, SMOL_BATCH_ROWS);
	node->some_slices = palloc_array(SmolSlice, SMOL_BATCH_ROWS);
	node->some_numbers = palloc_array(uint32, SMOL_BATCH_ROWS);
}

/* Initialise the child, in execution or before. */
static void
init_child(SmolAggregateState *node)
{
	node->child = smol_init_child(&node->css, node->eflags, &node->caller);
}

/* As ExecInitAgg does; and the executor, of what the index tests in its stead. */
static void
check_privileges(const SmolAggregatePlan *plan, const CustomScan *cscan)
{
	int			nclauses = list_length(plan->conditions);
	ListCell   *lc;

	(void) smol_check_functions((Node *) list_copy_tail(cscan->custom_exprs,
														list_length(cscan->custom_exprs) - nclauses),
								NULL);
	foreach(lc, cscan->custom_scan_tlist)
	{
		const Expr *expr = lfirst_node(TargetEntry, lc)->expr;

		if (IsA(expr, Aggref))
			(void) smol_check_functions((Node *) ((const Aggref *) expr)->aggfilter, NULL);
	}
	foreach(lc, plan->functions)
	{
		Oid			function = lfirst_oid(lc);
		AclResult	result = object_aclcheck(ProcedureRelationId, function,
											 GetUserId(), ACL_EXECUTE);

		if (result != ACLCHECK_OK)
			aclcheck_error(result, OBJECT_AGGREGATE, get_func_name(function));
		InvokeFunctionExecuteHook(function);
	}
}

static void
begin_aggregate(CustomScanState *css, EState *estate, int eflags)
{
	SmolAggregateState *node = (SmolAggregateState *) css;
	CustomScan *cscan = (CustomScan *) css->ss.ps.plan;
	int			next;

	smol_unpack_aggregate_plan(cscan->custom_private, &node->plan);
	check_privileges(&node->plan, cscan);
	node->eflags = eflags;
	smol_note_caller(&node->caller);

	/*
	 * Where others look at our state they must find the child there: EXPLAIN,
	 * and parallel query, which numbers and counts nodes before they run.
	 */
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) ||
		estate->es_plannedstmt->parallelModeNeeded || IsParallelWorker())
		init_child(node);
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	/* the table is one of the query's: it has been locked */
	node->heap = table_open(node->plan.heap, AccessShareLock);
	node->index = index_open(node->plan.index, AccessShareLock);
	next = list_length(node->plan.conditions);
	node->scan = smol_open_batches(node->heap, node->index, estate->es_snapshot,
								   smol_init_conditions(&css->ss.ps,
														cscan->custom_exprs,
														node->plan.conditions));
	node->nfilters = list_length(node->plan.filter_conditions);
	node->filter_conditions = palloc0_array(SmolConditions *, Max(node->nfilters, 1));
	for (int i = 0; i < node->nfilters; i++)
	{
		List	   *packed = list_nth(node->plan.filter_conditions, i);
		List	   *arguments = list_copy_tail(cscan->custom_exprs, next);

		node->filter_conditions[i] = smol_init_conditions(&css->ss.ps, arguments, packed);
		next += list_length(packed);
	}
	node->context = AllocSetContextCreate(CurrentMemoryContext, "SmolAggregate",
										  ALLOCSET_DEFAULT_SIZES);
}

/* Is there any statistic that the conditions can be asked of? */
static bool
conditions_have_stats(const SmolConditions *conditions, const SmolMetaPageData *meta)
{
	for (int i = 0; i < conditions->n; i++)
	{
		const SmolCondition *condition = &conditions->conditions[i];

		if (condition->test == SMOL_TEST_NULL || condition->test == SMOL_TEST_NOT_NULL ||
			(meta->columns[condition->column].stats & SMOL_STATS_MINMAX) != 0)
			return true;
	}
	return conditions->n == 0;
}

/*
 * Can rows be taken in by what is known of subtrees?  Not if an expression is
 * aggregated, or is one of several columns, nor if a FILTER can't be asked of it.
 */
static bool
can_fold(const SmolAggregateState *node)
{
	for (int i = 0; i < node->nfilters; i++)
		if (!conditions_have_stats(node->filter_conditions[i], &node->scan->reader->meta))
			return false;
	for (int i = 0; i < node->ncells; i++)
		if (node->cells[i].column >= SMOL_FIRST_EXPRESSION)
			return false;
	for (int i = 0; i < node->nexpressions; i++)
	{
		const int  *columns;

		if (smol_expression_columns(node->expressions[i], &columns) != 1)
			return false;
	}
	return true;
}

/*
 * Evaluate the arguments of FILTERs.  Where no row passes WHERE, PostgreSQL
 * does not, and they may be errors.
 */
static void
set_filters(SmolAggregateState *node)
{
	MemoryContext old = MemoryContextSwitchTo(node->context);

	for (int i = 0; i < node->nfilters; i++)
	{
		const SmolScanKeys none = {0};

		smol_eval_conditions(node->filter_conditions[i]);
		smol_set_filters(node->filters[i], &none);
	}
	node->filters_set = true;
	MemoryContextSwitchTo(old);
}

/*
 * Does each FILTER pass all rows below a child of an inner page, or none?  All of
 * them pass WHERE.
 */
static bool
filters_are_certain(void *arg, Page page, BlockNumber blkno, uint32 child)
{
	SmolAggregateState *node = arg;

	if (!node->filters_set)
		set_filters(node);
	for (int i = 0; i < node->nfilters; i++)
		if (smol_test_zone(node->filters[i], node->scan->reader, page, blkno,
						   child) == SMOL_ZONE_SOME)
			return false;
	return true;
}

/* FILTERs are asked of the scan's own batches, and of statistics. */
static void
make_filters(SmolAggregateState *node)
{
	node->filters = palloc0_array(SmolFilters *, Max(node->nfilters, 1));
	node->passes = palloc0_array(uint8 *, Max(node->nfilters, 1));
	node->zones = palloc0_array(SmolZone, Max(node->nfilters, 1));
	node->scan->fold = can_fold(node);
	node->scan->may_fold = node->nfilters > 0 ? filters_are_certain : NULL;
	node->scan->fold_arg = node;
	for (int i = 0; i < node->nfilters; i++)
	{
		node->filters[i] = smol_make_filters(node->index, &node->scan->reader->meta,
											 node->filter_conditions[i]);
		node->passes[i] = palloc_array(uint8, SMOL_BATCH_ROWS);
	}
}

/* Run the child. */
static void
turn_to_child(SmolAggregateState *node, const char *reason)
{
	node->mode = SMOL_AGG_CHILD;
	node->reason = reason;
	smol_debug("smol: aggregation over index \"%s\" is done by the ordinary plan: %s",
			   RelationGetRelationName(node->index), reason);

	if (node->child == NULL)
		init_child(node);
}

/* What is made here lives as long as the node. */
static void
prepare(SmolAggregateState *node)
{
	MemoryContext old = MemoryContextSwitchTo(node->css.ss.ps.state->es_query_cxt);
	SmolCaller	now;

	smol_note_caller(&now);
	smol_become(&node->caller);
	make_expressions(node);
	smol_become(&now);
	if (lay_out_keys(node, &node->scan->reader->meta) &&
		lay_out_states(node, &node->scan->reader->meta))
	{
		begin_walk(node);
		allocate_vectors(node);
		make_filters(node);
	}
	else
	{
		node->unfit = true;
		node->reason = "the index holds a column in another way than it did";
	}
	node->prepared = true;
	MemoryContextSwitchTo(old);
}

/* ---- taking rows in ---- */

/*
 * The values of an aggregate's rows from 'first' up to 'end' that are not NULL and
 * pass its FILTER, and the numbers of their groups.  Returns how many they are.
 */
static uint32
choose_values(SmolAggregateState *node, const SmolAggregate *cell,
			  const SmolVector *vector, uint32 first, uint32 end,
			  SmolValues *values, const uint32 **numbers)
{
	const uint8 *passes = cell->filter >= 0 ? node->passes[cell->filter] : NULL;
	const int64 *nulls = vector ? vector->nulls : NULL;
	const int64 *words = vector ? vector->words : NULL;
	const SmolSlice *slices = vector ? vector->slices : NULL;
	uint32		count = 0;

	if (nulls == NULL && passes == NULL)
	{
		values->words = words ? words + first : NULL;
		values->slices = slices ? slices + first : NULL;
		*numbers = node->numbers + first;
		return end - first;
	}
	for (uint32 k = first; k < end; k++)
	{
		if (words)
			node->some_words[count] = words[k];
		if (slices)
			node->some_slices[count] = slices[k];
		node->some_numbers[count] = node->numbers[k];
		count += (nulls == NULL || nulls[k] == 0) && (passes == NULL || passes[k]);
	}
	values->words = words ? node->some_words : NULL;
	values->slices = slices ? node->some_slices : NULL;
	*numbers = node->some_numbers;
	return count;
}

/*
 * Find the groups of n rows: as runs of rows, whose number is returned, or (0) as
 * a number for each row.
 */
static uint32
find_row_groups(SmolAggregateState *node, const SmolVector *vectors, uint32 n)
{
	SmolVector	keys[INDEX_MAX_KEYS];
	uint32		nruns;
	uint32		row = 0;

	if (node->nkeys == 0)
	{
		node->runs[0].end = n;
		node->runs[0].group = 0;
		return 1;
	}
	for (int i = 0; i < node->nkeys; i++)
		keys[i] = vectors[node->keys[i]];
	if (!node->plan.sorted)
	{
		smol_find_groups(node->groups, keys, n, node->numbers);
		return 0;
	}
	nruns = smol_find_runs(node->groups, keys, n, node->runs);
	if (nruns <= n / ROWS_PER_RUN && node->ndistincts == 0)
		return nruns;
	for (uint32 r = 0; r < nruns; r++)
		while (row < node->runs[r].end)
			node->numbers[row++] = node->runs[r].group;
	return 0;
}

/*
 * Take in n rows, of which 'vectors' has the columns; expressions go there, too.
 */
static void
fold_vectors(SmolAggregateState *node, SmolVector *vectors, uint32 n)
{
	uint32		nruns;
	char	   *states;

	for (int i = 0; i < node->nexpressions; i++)
		smol_eval_expression(node, node->expressions[i], vectors, n,
							 &vectors[SMOL_FIRST_EXPRESSION + i],
							 &vectors[SMOL_FIRST_FULL + i]);
	nruns = find_row_groups(node, vectors, n);
	states = smol_group_states(node->groups);
	for (int i = 0; i < node->ncells; i++)
	{
		const SmolAggregate *cell = &node->cells[i];
		const SmolVector *vector = cell->column < 0 ? NULL : &vectors[cell->column];
		SmolValues	values;
		const uint32 *numbers;
		uint32		count;
		uint32		first = 0;

		if (cell->distinct >= 0)
			continue;
		if (nruns == 0)
		{
			count = choose_values(node, cell, vector, 0, n, &values, &numbers);
			smol_fold_groups(cell, states, node->stride, numbers, values, count);
			continue;
		}
		for (uint32 r = 0; r < nruns; r++)
		{
			const SmolGroupRun *run = &node->runs[r];

			count = choose_values(node, cell, vector, first, run->end, &values, &numbers);
			smol_fold_values(cell, states + run->group * node->stride, values, count);
			first = run->end;
		}
	}
	for (int i = 0; i < node->ndistincts; i++)
		smol_fold_distinct(node, i, vectors, node->nkeys == 0 ? NULL : node->numbers, n);
	node->scan->counts.rows_decoded += n;
}

/* Take in a batch of the scan. */
static void
fold_batch(SmolAggregateState *node)
{
	SmolBatchScan *scan = node->scan;
	const uint16 *selection = smol_batch_selection(scan);
	uint32		n = (uint32) scan->batch.nmatch;
	SmolVector	vectors[SMOL_MAX_VECTORS] = {0};

	if (!node->filters_set)
		set_filters(node);
	for (int i = 0; i < node->ncolumns; i++)
	{
		int			column = node->columns[i];
		SmolVector *vector = &vectors[column];

		if (!node->values[column])
			 /* NULLs only */ ;
		else if (SmolImageIsWord(scan->reader->meta.columns[column].image))
			vector->words = unconstify(int64 *, smol_batch_words(scan, column));
		else
			vector->slices = unconstify(SmolSlice *, smol_batch_slices(scan, column));
		vector->nulls = unconstify(int64 *, smol_batch_nulls(scan, column));
		if (selection)
			smol_squeeze_vector(&node->squeezed[column], vector, selection, n);
	}
	for (int i = 0; i < node->nfilters; i++)
	{
		bool		all;

		/* the bytes are not filled in where none passes */
		if (smol_filters_pass_nothing(node->filters[i]) ||
			smol_apply_filters(node->filters[i], scan, node->passes[i], &all) == 0)
			memset(node->passes[i], 0, n);
		else if (all)
			memset(node->passes[i], 1, n);
		else if (selection)
			for (uint32 k = 0; k < n; k++)
				node->passes[i][k] = node->passes[i][selection[k]];
	}
	fold_vectors(node, vectors, n);
}

/* Take in some rows of the leaf that the walk is at. */
static void
fold_run(SmolAggregateState *node)
{
	SmolReader *reader = node->reader;
	uint32		n = Min(node->run.nrows, SMOL_BATCH_ROWS);
	SmolVector	vectors[SMOL_MAX_VECTORS] = {0};

	for (int i = 0; i < node->ncolumns; i++)
	{
		int			column = node->columns[i];
		SmolVec    *vec = &node->decoded[column];

		vec->words = node->squeezed[column].words;
		vec->slices = node->squeezed[column].slices;
		vectors[column] = node->squeezed[column];
		if (!smol_decode_column(reader, column, node->run.first, n,
								node->values[column] ? vec : NULL,
								vectors[column].nulls))
			vectors[column].nulls = NULL;
	}
	for (int i = 0; i < node->nfilters; i++)
		memset(node->passes[i], node->zones[i] == SMOL_ZONE_ALL, n);
	node->run.first += n;
	node->run.nrows -= n;
	fold_vectors(node, vectors, n);
}

/* A row for all rows below a child, as far as they are alike. */
typedef struct OneRow
{
	int64		words[INDEX_MAX_KEYS];
	SmolSlice	slices[INDEX_MAX_KEYS];
	int64		nulls[INDEX_MAX_KEYS];
	SmolVector	vectors[SMOL_MAX_VECTORS];	/* by column */
} OneRow;

/*
 * All rows below a child have the same value of a column: which?  False if they
 * don't, or nobody knows.
 */
static bool
find_child_value(SmolAggregateState *node, const SmolChild *child, int column,
				 OneRow *row)
{
	SmolVector *vector = &row->vectors[column];
	SmolStats	stats;

	smol_subtree_stats(node->walk, column, &stats);
	row->words[column] = stats.min.word;
	row->slices[column] = stats.min.slice;
	row->nulls[column] = stats.nulls == child->nrows;
	if (row->nulls[column])
		row->slices[column].len = 0;
	else if (stats.nulls > 0 || !stats.minmax_known)
		return false;
	memset(vector, 0, sizeof(*vector));
	vector->nulls = &row->nulls[column];
	if (SmolImageIsWord(node->reader->meta.columns[column].image))
		vector->words = &row->words[column];
	else
		vector->slices = &row->slices[column];
	if (row->nulls[column])
		return true;
	return vector->words ? stats.min.word == stats.max.word :
		smol_compare_slices(stats.min.slice, stats.max.slice) == 0;
}

/*
 * Does each FILTER pass all rows below a child, or none?  Of leaves that is always
 * so: the scan folds nothing else.
 */
static bool
ask_filters(SmolAggregateState *node, const SmolChild *child)
{
	for (int i = 0; i < node->nfilters; i++)
	{
		node->zones[i] = smol_test_subtree(node->filters[i], node->walk, child->nrows);
		if (node->zones[i] == SMOL_ZONE_SOME)
		{
			if (child->is_leaf)
				elog(ERROR, "statistics of index \"%s\" contradict each other",
					 RelationGetRelationName(node->index));
			return false;
		}
		node->passes[i][0] = node->zones[i] == SMOL_ZONE_ALL;
	}
	return true;
}

/* Does an aggregate's FILTER pass no row below the child that was asked of? */
static inline bool
is_turned_away(const SmolAggregateState *node, const SmolAggregate *cell)
{
	return cell->filter >= 0 && node->zones[cell->filter] == SMOL_ZONE_NONE;
}

/*
 * The same of a grouping column that is an expression.  What is evaluated is the
 * value of a row that passes, never one of rows outside of the range.
 */
static bool
find_child_result(SmolAggregateState *node, const SmolChild *child, int column,
				  OneRow *row)
{
	SmolExpression *expression = get_expression(node, column);
	const int  *columns;
	SmolStats	stats;

	(void) smol_expression_columns(expression, &columns);
	if (!find_child_value(node, child, columns[0], row))
	{
		smol_subtree_stats(node->walk, columns[0], &stats);
		if (child->inside < child->nrows || stats.nulls > 0 || !stats.minmax_known ||
			!SmolImageIsInt(node->reader->meta.columns[columns[0]].image) ||
			!smol_expression_is_constant(expression, stats.min.word, stats.max.word))
			return false;
	}
	smol_eval_expression(node, expression, row->vectors, 1, &row->vectors[column], NULL);
	return true;
}

/*
 * Take in a child by what is known of it; false if that is not enough.  Rows
 * outside of the range spoil everything but the counts of columns without
 * NULLs, or with nothing else; and that is all that is taken of what comes in order.
 */
static bool
fold_child(SmolAggregateState *node, const SmolChild *child)
{
	SmolStats	stats[INDEX_MAX_KEYS];
	OneRow		row;
	uint32		number;
	char	   *state;

	if (!ask_filters(node, child))
		return false;
	memset(row.vectors, 0, sizeof(row.vectors));
	for (int i = 0; i < node->ncells; i++)
	{
		const SmolAggregate *cell = &node->cells[i];
		SmolStats  *known = &stats[Max(cell->column, 0)];

		if (is_turned_away(node, cell))
			continue;
		if (cell->distinct >= 0)
		{
			if (!find_child_value(node, child, cell->column, &row))
				return false;
			continue;
		}
		if (cell->column < 0)
			continue;
		smol_subtree_stats(node->walk, cell->column, known);
		if (!smol_can_fold_stats(cell, child->nrows, known))
			return false;
		if (child->inside < child->nrows && known->nulls < child->nrows)
		{
			if ((cell->type->fold != SMOL_FOLD_COUNT && !cell->ordered) || known->nulls > 0)
				return false;
		}
		known->nulls = known->nulls == child->nrows ? child->inside : known->nulls;
	}
	for (int i = 0; i < node->nkeys; i++)
		if (node->keys[i] >= SMOL_FIRST_EXPRESSION ?
			!find_child_result(node, child, node->keys[i], &row) :
			!find_child_value(node, child, node->keys[i], &row))
			return false;

	number = find_row_groups(node, row.vectors, 1) > 0 ? node->runs[0].group :
		node->numbers[0];
	for (int i = 0; i < node->ndistincts; i++)
		smol_fold_distinct(node, i, row.vectors, node->nkeys == 0 ? NULL : &number, 1);
	state = smol_group_states(node->groups) + number * node->stride;
	for (int i = 0; i < node->ncells; i++)
	{
		if (node->cells[i].distinct >= 0 || is_turned_away(node, &node->cells[i]))
			continue;
		smol_fold_stats(&node->cells[i], state, child->inside,
						&stats[Max(node->cells[i].column, 0)]);
	}
	node->scan->counts.rows_known += child->inside;
	return true;
}

/*
 * Take in a child, with those after it that are in the range as a whole if what is
 * known of all can be added up.  False if it is for the child's own children to say.
 */
static bool
fold_children(SmolAggregateState *node, SmolChild *child)
{
	if (!node->joins || !smol_join_subtrees(node->walk, child))
		return fold_child(node, child);
	if (fold_child(node, child))
		return true;
	smol_part_subtrees(node->walk, child);
	return fold_child(node, child);
}

/*
 * A walk begins, over what the scan has folded.
 */
static void
start_walk(SmolAggregateState *node)
{
	const SmolBatch *batch = &node->scan->batch;

	smol_set_subtrees(node->walk, batch->first_row, batch->first_row + batch->n);
	node->walking = true;
	node->run.nrows = 0;
	for (int i = 0; i < node->ncells; i++)
		if (node->cells[i].ordered)
			node->cells[i].before =
				((SmolCell *) (smol_group_states(node->groups) + node->cells[i].offset))->n;
}

/*
 * A walk has ended.  Of columns by which its rows come in order, values that are not
 * NULL lie together, and there are as many as have been counted: the first or the
 * last of these is looked up.
 */
static void
end_walk(SmolAggregateState *node)
{
	uint64		first = node->scan->batch.first_row;
	uint64		end = first + node->scan->batch.n;
	char	   *state = smol_group_states(node->groups);
	const SmolSlice none = {NULL, 0};

	node->walking = false;
	for (int i = 0; i < node->ncells; i++)
	{
		const SmolAggregate *cell = &node->cells[i];
		SmolVec    *vec = &node->decoded[Max(cell->column, 0)];
		int16		option;
		uint64		n;
		uint64		row;
		SmolChild	child;
		SmolRun		run;

		if (!cell->ordered)
			continue;
		n = (uint64) (((SmolCell *) (state + cell->offset))->n - cell->before);
		if (n == 0)
			continue;
		option = node->index->rd_indoption[cell->column];
		row = option & INDOPTION_NULLS_FIRST ? end - n : first;
		if ((cell->type->fold == SMOL_FOLD_VALUE_MAX) != ((option & INDOPTION_DESC) != 0))
			row += n - 1;

		smol_set_subtrees(node->walk, row, row + 1);
		do
		{
			if (!smol_next_subtree(node->walk, &child))
				elog(ERROR, "row " UINT64_FORMAT " is not in the index", row);
		} while (!smol_enter_subtree(node->walk, &run));
		node->scan->counts.leaves_read++;
		vec->words = node->squeezed[cell->column].words;
		vec->slices = node->squeezed[cell->column].slices;
		(void) smol_decode_column(node->reader, cell->column, run.first, 1, vec, NULL);
		smol_keep_extreme(cell, state, vec->words ? vec->words[0] : 0,
						  vec->slices ? vec->slices[0] : none);
	}
}

/*
 * One step of the work: false if there is no more.
 */
static bool
take_in(SmolAggregateState *node)
{
	SmolChild	child;

	if (node->walking)
	{
		if (node->run.nrows > 0)
			fold_run(node);
		else if (!smol_next_subtree(node->walk, &child))
			end_walk(node);
		else if (!fold_children(node, &child) &&
				 smol_enter_subtree(node->walk, &node->run))
			node->scan->counts.leaves_read++;
		return true;
	}

	CHECK_FOR_INTERRUPTS();
	if (!smol_next_batch(node->scan, true))
		return false;
	if (node->scan->batch.folded)
		start_walk(node);
	else
		fold_batch(node);
	return true;
}

static void
create_groups(SmolAggregateState *node)
{
	MemoryContext old = MemoryContextSwitchTo(node->context);

	node->groups = smol_create_groups(node->nkeys, node->key_descs, node->key_normals,
									  node->stride, node->plan.sorted);
	MemoryContextSwitchTo(old);
	for (int i = 0; i < node->ncells; i++)
		node->cells[i].context = smol_groups_context(node->groups);
	node->next = node->ready = 0;
}

/* Sorted: forget all groups but the last. */
static void
forget_groups(SmolAggregateState *node)
{
	uint32		n = smol_count_groups(node->groups);

	for (int i = 0; i < node->ncells; i++)
	{
		if (!smol_aggregate_keeps_value(node->cells[i].type))
			continue;
		for (uint32 group = 0; group + 1 < n; group++)
			smol_forget_value(&node->cells[i],
							  smol_group_states(node->groups) + group * node->stride);
	}
	smol_keep_last_group(node->groups);
}

/* What grows with the number of groups, and of values that have been seen. */
static Size
groups_memory(SmolAggregateState *node)
{
	Size		size = node->nkeys > 0 ? smol_groups_memory(node->groups) : 0;

	for (int i = 0; i < node->ndistincts; i++)
		size += smol_distinct_memory(node->distincts[i]);
	return size;
}

/*
 * Work until there is a group to return, or no more input.  False if the
 * groups have become too many, or an expression can't be dealt with, which the
 * planner has seen to be neither sorted nor partial: nothing has been returned then.
 * Partial groups
 * can't be too many: they are returned as they are, and begun anew.
 */
static bool
find_groups(SmolAggregateState *node)
{
	Size		limit = get_hash_memory_limit();

	if (node->plan.sorted && node->nkeys > 0)
	{
		if (node->ready > 0)
			forget_groups(node);
		node->next = node->ready = 0;
		while (node->ready == 0)
		{
			if (!take_in(node))
			{
				node->exhausted = true;
				node->ready = smol_count_groups(node->groups);
				break;
			}
			if (smol_count_groups(node->groups) > 1)
				node->ready = smol_count_groups(node->groups) - 1;
		}
		return true;
	}

	if (node->ready > 0)
	{
		smol_free_groups(node->groups);
		create_groups(node);
	}
	node->exhausted = true;
	while (take_in(node))
	{
		if (node->beyond)
		{
			node->reason = "a numeric of an expression has too many digits";
			return false;
		}
		if (groups_memory(node) <= limit)
			continue;
		if (!node->plan.partial)
		{
			node->reason = "more groups than hash_mem has room for";
			return false;
		}
		node->exhausted = false;
		break;
	}
	node->ready = smol_count_groups(node->groups);
	return true;
}

/* ---- returning rows ---- */

/* The next row of the child, as a scan tuple. */
static TupleTableSlot *
next_of_child(SmolAggregateState *node)
{
	TupleTableSlot *to = node->css.ss.ss_ScanTupleSlot;
	TupleTableSlot *from = ExecProcNode(node->child);
	int			n = list_length(node->plan.keys) + list_length(node->plan.functions);

	ExecClearTuple(to);
	if (TupIsNull(from))
		return to;
	slot_getallattrs(from);
	Assert(from->tts_tupleDescriptor->natts == n);
	memcpy(to->tts_values, from->tts_values, sizeof(Datum) * n);
	memcpy(to->tts_isnull, from->tts_isnull, sizeof(bool) * n);
	for (int i = n; i < to->tts_tupleDescriptor->natts; i++)
		to->tts_isnull[i] = true;
	return ExecStoreVirtualTuple(to);
}

/* The result of an aggregate; false: NULL. */
static bool
finish_aggregate(const SmolAggregate *agg, const char *state, Datum *result)
{
	const SmolCell *cell = (const SmolCell *) (state + agg->offset);
	SmolAggregate narrow;
	SmolCell	sum;

	if (agg->least < 0 || ((const SmolCell *) (state + agg->full))->n > 0)
		return smol_finish_aggregate(agg, cell, result);

	/* no value was of the greater scale */
	narrow = *agg;
	sum = *cell;
	for (; narrow.desc.scale > agg->least; narrow.desc.scale--)
		sum.u.sum /= 10;
	return smol_finish_aggregate(&narrow, &sum, result);
}

/* A group as a scan tuple; what it points to is in the per-tuple context. */
static TupleTableSlot *
store_group(SmolAggregateState *node, uint32 group)
{
	TupleTableSlot *slot = node->css.ss.ss_ScanTupleSlot;
	MemoryContext old =
		MemoryContextSwitchTo(node->css.ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	const char *state = smol_group_states(node->groups) + group * node->stride;
	int			n = 0;

	ExecClearTuple(slot);
	for (int i = 0; i < node->nkeys; i++, n++)
	{
		SmolValue	value = {0};

		slot->tts_isnull[n] = !smol_group_key(node->groups, group, i, &value);
		if (!slot->tts_isnull[n])
			slot->tts_values[n] = smol_value_to_datum(&node->key_descs[i],
													  value.word, value.slice);
	}
	for (int i = 0; i < node->naggs; i++, n++)
	{
		const SmolAggregate *agg = &node->aggs[i];
		const SmolCell *cell = (const SmolCell *) (state + agg->offset);
		Datum	   *value = &slot->tts_values[n];
		Oid			type = TupleDescAttr(slot->tts_tupleDescriptor, n)->atttypid;

		slot->tts_isnull[n] = node->plan.partial ?
			!smol_partial_aggregate(agg, cell, type, value) :
			!finish_aggregate(agg, state, value);
	}
	for (; n < slot->tts_tupleDescriptor->natts; n++)
		slot->tts_isnull[n] = true;
	MemoryContextSwitchTo(old);
	return ExecStoreVirtualTuple(slot);
}

/*
 * Start over, with the index if it may be used.
 */
static void
start_scan(SmolAggregateState *node)
{
	MemoryContext old;

	if (!node->prepared)
		prepare(node);
	if (node->unfit)
	{
		turn_to_child(node, node->reason);
		return;
	}
	smol_rescan_batches(node->scan);
	if (!smol_judge_batches(node->scan))
	{
		turn_to_child(node, node->scan->fallback_reason);
		return;
	}

	node->mode = SMOL_AGG_INDEX;
	MemoryContextReset(node->context);
	create_groups(node);
	old = MemoryContextSwitchTo(node->context);
	for (int i = 0; i < node->ndistincts; i++)
		smol_start_distinct(node->distincts[i]);
	MemoryContextSwitchTo(old);
	node->filters_set = false;
	for (int i = 0; i < node->nexpressions; i++)
		smol_start_expression(node->expressions[i]);
	node->exhausted = false;
	node->walking = false;
	node->beyond = false;
}

/* The next scan tuple; empty at the end. */
static TupleTableSlot *
next_tuple(SmolAggregateState *node)
{
	if (unlikely(node->mode == SMOL_AGG_UNDECIDED))
		start_scan(node);
	if (node->mode == SMOL_AGG_INDEX)
	{
		while (node->next >= node->ready && !node->exhausted)
		{
			if (!find_groups(node))
			{
				/* and so it may be the next time */
				node->unfit = true;
				turn_to_child(node, node->reason);
				return next_of_child(node);
			}
		}
		if (node->next < node->ready)
			return store_group(node, node->next++);
		return ExecClearTuple(node->css.ss.ss_ScanTupleSlot);
	}
	return next_of_child(node);
}

static TupleTableSlot *
exec_aggregate(CustomScanState *css)
{
	SmolAggregateState *node = (SmolAggregateState *) css;
	ExprContext *econtext = css->ss.ps.ps_ExprContext;
	ProjectionInfo *projection = css->ss.ps.ps_ProjInfo;

	for (;;)
	{
		TupleTableSlot *slot;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		slot = next_tuple(node);
		if (TupIsNull(slot))
			return projection ? ExecClearTuple(projection->pi_state.resultslot) : slot;
		econtext->ecxt_scantuple = slot;
		if (ExecQual(css->ss.ps.qual, econtext))
			return projection ? ExecProject(projection) : slot;
		InstrCountFiltered1(css, 1);
	}
}

static void
rescan_aggregate(CustomScanState *css)
{
	SmolAggregateState *node = (SmolAggregateState *) css;

	if (node->child)
	{
		if (css->ss.ps.chgParam)
			UpdateChangedParamSet(node->child, css->ss.ps.chgParam);
		if (node->mode == SMOL_AGG_CHILD && node->child->chgParam == NULL)
			ExecReScan(node->child);
	}

	/* the same question has the same answer, unless others have a part in it */
	if (css->ss.ps.chgParam == NULL && !node->plan.partial && node->mode == SMOL_AGG_INDEX &&
		node->exhausted && (!node->plan.sorted || node->nkeys == 0))
		node->next = 0;
	else
		node->mode = SMOL_AGG_UNDECIDED;
}

static void
end_aggregate(CustomScanState *css)
{
	SmolAggregateState *node = (SmolAggregateState *) css;

	if (node->walk)
		smol_end_subtrees(node->walk);
	if (node->reader)
		smol_close_reader(node->reader);
	if (node->scan)
	{
		if (IsParallelWorker() && css->ss.ps.instrument)
			smol_publish_summary(node->scan);
		smol_close_batches(node->scan);
	}
	if (node->index)
		index_close(node->index, NoLock);
	if (node->heap)
		table_close(node->heap, NoLock);
	if (node->child)
		ExecEndNode(node->child);
}

/* ---- the node ---- */

static Node *create_aggregate_state(CustomScan *cscan);

static const CustomExecMethods exec_methods = {
	.CustomName = "SmolAggregate",
	.BeginCustomScan = begin_aggregate,
	.ExecCustomScan = exec_aggregate,
	.EndCustomScan = end_aggregate,
	.ReScanCustomScan = rescan_aggregate,
	.EstimateDSMCustomScan = smol_estimate_aggregate_dsm,
	.InitializeDSMCustomScan = smol_init_aggregate_dsm,
	.ReInitializeDSMCustomScan = smol_reinit_aggregate_dsm,
	.InitializeWorkerCustomScan = smol_init_aggregate_worker,
	.ShutdownCustomScan = smol_shutdown_aggregate,
	.ExplainCustomScan = smol_explain_aggregate,
};

const CustomScanMethods smol_aggregate_methods = {
	.CustomName = "SmolAggregate",
	.CreateCustomScanState = create_aggregate_state,
};

static Node *
create_aggregate_state(CustomScan *cscan)
{
	SmolAggregateState *node = palloc0(sizeof(SmolAggregateState));

	NodeSetTag(node, T_CustomScanState);
	node->css.methods = &exec_methods;
	return (Node *) node;
}
