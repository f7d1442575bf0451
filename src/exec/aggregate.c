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
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Runs of a group are taken in one by one if they have as many rows. */
#define ROWS_PER_RUN		8

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
	smol_make_expressions(node);
	smol_become(&now);
	if (smol_lay_out_keys(node, &node->scan->reader->meta) &&
		smol_lay_out_states(node, &node->scan->reader->meta))
	{
		smol_open_aggregate_walk(node);
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
uint32
smol_find_row_groups(SmolAggregateState *node, const SmolVector *vectors, uint32 n)
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
	nruns = smol_find_row_groups(node, vectors, n);
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
			smol_end_aggregate_walk(node);
		else if (!smol_fold_children(node, &child) &&
				 smol_enter_subtree(node->walk, &node->run))
			node->scan->counts.leaves_read++;
		return true;
	}

	CHECK_FOR_INTERRUPTS();
	if (!smol_next_batch(node->scan, true))
		return false;
	if (node->scan->batch.folded)
		smol_start_aggregate_walk(node);
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
