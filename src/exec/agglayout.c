/*-------------------------------------------------------------------------
 *
 * agglayout.c
 *	  SmolAggregate: which columns of batches are decoded, what is kept of each
 *	  group, and where.
 *
 * Known once the index's metapage has been read, and the same for all rescans.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/agglayout.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolaggnode.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* States of groups start at multiples of this. */
#define STATE_ALIGN(size)	TYPEALIGN(16, size)

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
void
smol_make_expressions(SmolAggregateState *node)
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
SmolExpression *
smol_node_expression(const SmolAggregateState *node, int column)
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
bool
smol_lay_out_keys(SmolAggregateState *node, const SmolMetaPageData *meta)
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
			node->key_descs[i] = *smol_expression_desc(smol_node_expression(node, column));
			if (!smol_find_normal(smol_expression_type(smol_node_expression(node, column)),
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
		smol_expression_least_scale(smol_node_expression(node, agg->column));
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
bool
smol_lay_out_states(SmolAggregateState *node, const SmolMetaPageData *meta)
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
			agg->desc = *smol_expression_desc(smol_node_expression(node, agg->column));
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
