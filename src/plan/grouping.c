/*-------------------------------------------------------------------------
 *
 * grouping.c
 *	  Grouping by expressions: which, in what order groups come, and how many
 *	  they will be.
 *
 * PostgreSQL takes the values of an expression to be as many as those of the columns
 * that it is over.  Of date_trunc, extract, and the quotients and remainders of
 * integers more is known: how long a day is, and how many months a year has.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/grouping.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <math.h>

#include "catalog/pg_statistic.h"
#include "catalog/pg_type_d.h"
#include "commands/defrem.h"
#include "exec/smolcells.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "plan/smolupper.h"
#include "type/smolnormal.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/typcache.h"

/* ---- which ---- */

/* Can results of an expression be told apart by their bytes, in a normal form? */
bool
smol_can_group_results(const Expr *expr)
{
	SmolColumnDesc desc;
	SmolNormal	normal;
	Oid			type = exprType((const Node *) expr);

	return smol_describe_result(type, &desc) &&
		smol_find_normal(getBaseType(type), &desc, &normal);
}

/* ---- in what order ---- */

/*
 * The key column of an index that an expression increases with, in the order in which
 * the type has it; -1 if there is none.
 */
int
smol_rising_column(const IndexOptInfo *index, const Expr *expr)
{
	const Var  *var = smol_increases_with(expr);

	if (var == NULL)
		return -1;
	for (int i = 0; i < index->nkeycolumns; i++)
	{
		Oid			opclass;

		if (index->indexkeys[i] != var->varattno)
			continue;
		opclass = GetDefaultOpClass(var->vartype, index->relam);
		return OidIsValid(opclass) && get_opclass_family(opclass) == index->opfamily[i] ?
			i : -1;
	}
	return -1;
}

/*
 * Orders that are asked for and that groups come in, by expressions that rise with a
 * key column: to follow those of the columns before.
 */
List *
smol_rising_pathkeys(const SmolQuestion *q, const IndexOptInfo *index)
{
	PlannerInfo *root = q->root;
	List	   *wanted = list_concat_unique_ptr(list_copy(root->query_pathkeys),
												root->sort_pathkeys);
	List	   *pathkeys = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	wanted = list_concat_unique_ptr(wanted, q->pathkeys);
	foreach(lc, wanted)
	{
		PathKey    *pathkey = lfirst_node(PathKey, lc);

		foreach(lc2, q->keys)
		{
			Expr	   *key = lfirst(lc2);
			int			column = IsA(key, Var) ? -1 : smol_rising_column(index, key);

			if (column >= 0 &&
				find_ec_member_matching_expr(pathkey->pk_eclass, key, q->input->relids) &&
				pathkey->pk_cmptype == (index->reverse_sort[column] ? COMPARE_GT : COMPARE_LT) &&
				pathkey->pk_nulls_first == index->nulls_first[column] &&
				pathkey->pk_opfamily == lookup_type_cache(exprType((Node *) key),
														  TYPECACHE_BTREE_OPFAMILY)->btree_opf)
				pathkeys = list_append_unique_ptr(pathkeys, pathkey);
		}
	}
	return pathkeys;
}

/* ---- how many ---- */

static double
get_word(Oid type, Datum datum)
{
	SmolColumnDesc desc;
	SmolValue	value;

	if (!smol_describe_type(type, &desc))
		return 0;
	smol_datum_to_value(&desc, datum, &value);
	return (double) value.word;
}

/* The least and greatest words of a column, as far as ANALYZE has seen them. */
static bool
find_range(PlannerInfo *root, const Var *var, double *low, double *high)
{
	VariableStatData data;
	AttStatsSlot slot;
	bool		found = false;

	examine_variable(root, (Node *) unconstify(Var *, var), 0, &data);
	if (HeapTupleIsValid(data.statsTuple))
	{
		int			kinds[] = {STATISTIC_KIND_HISTOGRAM, STATISTIC_KIND_MCV};

		for (int k = 0; k < 2; k++)
		{
			if (!get_attstatsslot(&slot, data.statsTuple, kinds[k], InvalidOid,
								  ATTSTATSSLOT_VALUES))
				continue;
			for (int i = 0; i < slot.nvalues; i++)
			{
				double		word = get_word(slot.valuetype, slot.values[i]);

				*low = found ? Min(*low, word) : word;
				*high = found ? Max(*high, word) : word;
				found = true;
			}
			free_attstatsslot(&slot);
		}
	}
	ReleaseVariableStats(data);
	return found;
}

/* How many values has a unit? */
static double
count_unit(const Expr *expr)
{
	int			unit;

	if (!smol_constant_unit(expr, &unit))
		return 0;
	switch (unit)
	{
		case DTK_QUARTER:
			return 4;
		case DTK_DOW:
		case DTK_ISODOW:
			return 7;
		case DTK_MONTH:
			return 12;
		case DTK_HOUR:
			return 24;
		case DTK_DAY:
			return 31;
		case DTK_WEEK:
			return 53;
		case DTK_MINUTE:
			return 60;
		case DTK_DOY:
			return 366;
		default:
			return 0;
	}
}

/* No more results than this are possible, whatever the rows; 0: nobody knows. */
static double
count_possible(const Expr *expr)
{
	const Node *divisor;
	Oid			function = InvalidOid;
	List	   *args = NIL;

	if (exprType((const Node *) expr) == BOOLOID)
		return 2;
	if (IsA(expr, FuncExpr))
	{
		function = ((const FuncExpr *) expr)->funcid;
		args = ((const FuncExpr *) expr)->args;
	}
	else if (IsA(expr, OpExpr))
	{
		function = get_opcode(((const OpExpr *) expr)->opno);
		args = ((const OpExpr *) expr)->args;
	}
	switch (function)
	{
		case F_EXTRACT_TEXT_DATE:
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
		case F_DATE_PART_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
			return count_unit(linitial(args));
		case F_INT2MOD:
		case F_INT4MOD:
		case F_INT8MOD:
		case F_MOD_INT2_INT2:
		case F_MOD_INT4_INT4:
		case F_MOD_INT8_INT8:
			divisor = lsecond(args);
			if (IsA(divisor, Const) && !((const Const *) divisor)->constisnull)
				return Max(fabs(get_word(((const Const *) divisor)->consttype,
										 ((const Const *) divisor)->constvalue)), 1);
			return 0;
		default:
			return 0;
	}
}

/*
 * About how many cells are there on which an expression is constant?  0: unknown.
 */
double
smol_count_cells(PlannerInfo *root, const Expr *expr)
{
	SmolCells  *cells = smol_make_cells(expr);
	double		low = 0;
	double		high = 0;

	if (cells == NULL || !find_range(root, smol_cell_column(cells), &low, &high))
		return 0;
	return floor((high - low) / smol_cell_width(cells)) + 1;
}

/* How many groups do so many rows make, by these expressions? */
double
smol_estimate_groups(PlannerInfo *root, List *exprs, double rows)
{
	List	   *others = NIL;
	double		groups = 1;
	ListCell   *lc;

	foreach(lc, exprs)
	{
		Expr	   *expr = lfirst(lc);
		double		known = 0;
		double		cells;

		if (!IsA(expr, Var))
		{
			known = count_possible(expr);
			cells = smol_count_cells(root, expr);
			if (cells > 0)
				known = known > 0 ? Min(known, cells) : cells;
		}
		if (known > 0)
			groups *= Min(known, estimate_num_groups(root, list_make1(expr), rows,
													 NULL, NULL));
		else
			others = lappend(others, expr);
	}
	if (others != NIL)
		groups *= estimate_num_groups(root, others, rows, NULL, NULL);
	return clamp_row_est(Min(groups, rows));
}
