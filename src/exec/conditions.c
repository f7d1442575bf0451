/*-------------------------------------------------------------------------
 *
 * conditions.c
 *	  Quals that the index tests, from the plan into execution.
 *
 * A condition lives in two lists of its plan node: its clause in custom_exprs,
 * where the planner looks after parameters and EXPLAIN finds it; and what the
 * planner found out about it in custom_private, as a list of numbers.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/conditions.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolexec.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

List *
smol_pack_conditions(const List *conditions)
{
	List	   *packed = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		const SmolCondition *condition = lfirst(lc);
		List	   *numbers = list_make5_oid(condition->column,
											 condition->key,
											 condition->test,
											 condition->array,
											 condition->opfamily);

		numbers = lappend_oid(numbers, condition->lefttype);
		numbers = lappend_oid(numbers, condition->righttype);
		numbers = lappend_oid(numbers, condition->collation);
		packed = lappend(packed, numbers);
	}
	return packed;
}

static void
unpack_condition(const List *numbers, Expr *clause, SmolCondition *condition)
{
	condition->column = (int) list_nth_oid(numbers, 0);
	condition->key = list_nth_oid(numbers, 1) != 0;
	condition->test = (SmolTest) list_nth_oid(numbers, 2);
	condition->array = list_nth_oid(numbers, 3) != 0;
	condition->opfamily = list_nth_oid(numbers, 4);
	condition->lefttype = list_nth_oid(numbers, 5);
	condition->righttype = list_nth_oid(numbers, 6);
	condition->collation = list_nth_oid(numbers, 7);
	condition->clause = clause;
}

/* What a condition compares the column with; NULL: nothing. */
static Expr *
get_argument(const SmolCondition *condition)
{
	if (IsA(condition->clause, OpExpr))
		return lsecond(((OpExpr *) condition->clause)->args);
	if (IsA(condition->clause, ScalarArrayOpExpr))
		return lsecond(((ScalarArrayOpExpr *) condition->clause)->args);
	return NULL;
}

/* Values by reference that may be toasted are not to be detoasted row by row. */
static Datum
detoast(Datum value, Oid type)
{
	if (get_typlen(type) == -1)
		return PointerGetDatum(PG_DETOAST_DATUM(value));
	return value;
}

/*
 * Get the conditions of a node ready, with their clauses as the planner has
 * left them in custom_exprs.
 */
SmolConditions *
smol_init_conditions(PlanState *planstate, List *clauses, List *packed)
{
	SmolConditions *conditions = palloc0(sizeof(SmolConditions));
	int			n = list_length(packed);
	bool		runtime = false;

	conditions->n = n;
	conditions->conditions = palloc(sizeof(SmolCondition) * Max(n, 1));
	conditions->arguments = palloc0(sizeof(ExprState *) * Max(n, 1));
	conditions->values = palloc0(sizeof(Datum) * Max(n, 1));
	conditions->isnull = palloc0(sizeof(bool) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		SmolCondition *condition = &conditions->conditions[i];
		Expr	   *argument;

		unpack_condition(list_nth(packed, i), list_nth(clauses, i), condition);
		argument = get_argument(condition);
		if (argument == NULL)
			continue;
		if (IsA(argument, Const))
		{
			Const	   *constant = (Const *) argument;

			conditions->isnull[i] = constant->constisnull;
			if (!constant->constisnull)
				conditions->values[i] = detoast(constant->constvalue,
												constant->consttype);
			continue;
		}
		conditions->arguments[i] = ExecInitExpr(argument, planstate);
		runtime = true;
	}
	if (runtime)
		conditions->econtext = CreateExprContext(planstate->state);
	return conditions;
}

/*
 * Evaluate the arguments anew; the values live until the next call.
 */
void
smol_eval_conditions(SmolConditions *conditions)
{
	MemoryContext old;

	if (conditions->econtext == NULL)
		return;
	ResetExprContext(conditions->econtext);
	old = MemoryContextSwitchTo(conditions->econtext->ecxt_per_tuple_memory);
	for (int i = 0; i < conditions->n; i++)
	{
		if (conditions->arguments[i] == NULL)
			continue;
		conditions->values[i] = ExecEvalExpr(conditions->arguments[i],
											 conditions->econtext,
											 &conditions->isnull[i]);
		if (!conditions->isnull[i])
			conditions->values[i] = detoast(conditions->values[i],
											exprType((Node *) get_argument(&conditions->conditions[i])));
	}
	MemoryContextSwitchTo(old);
}
