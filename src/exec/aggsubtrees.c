/*-------------------------------------------------------------------------
 *
 * aggsubtrees.c
 *	  SmolAggregate: rows that are taken in by what is known of subtrees.
 *
 * The scan leaves out rows that all count (batches.c, "folded").  A walk over these
 * asks the levels above the leaves: a child whose rows are of one group, and of
 * which minimum, maximum and sum say enough, is taken in as a whole; of others the
 * children are asked; of leaves the rows are decoded.  FILTERs are no obstacle where
 * all rows of a child pass, or none.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/aggsubtrees.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolaggnode.h"
#include "utils/rel.h"

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
void
smol_open_aggregate_walk(SmolAggregateState *node)
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
			n = smol_expression_columns(smol_node_expression(node, node->keys[i]), &columns);
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
	SmolExpression *expression = smol_node_expression(node, column);
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

	number = smol_find_row_groups(node, row.vectors, 1) > 0 ? node->runs[0].group :
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
bool
smol_fold_children(SmolAggregateState *node, SmolChild *child)
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
void
smol_start_aggregate_walk(SmolAggregateState *node)
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
void
smol_end_aggregate_walk(SmolAggregateState *node)
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
