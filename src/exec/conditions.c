/*-------------------------------------------------------------------------
 *
 * conditions.c
 *	  Quals that the index tests, from the plan into execution.
 *
 * A condition lives in two lists of its plan node: its argument in custom_exprs,
 * where the planner looks after parameters; and what the planner found out
 * about it in custom_private, as a list of numbers.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/conditions.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_proc.h"
#include "exec/smolexec.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

/*
 * What the conditions compare columns with, one each.
 */
List *
smol_condition_arguments(const List *conditions)
{
	List	   *arguments = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		const SmolCondition *condition = lfirst(lc);
		Node	   *argument;

		if (IsA(condition->clause, OpExpr))
			argument = lsecond(((OpExpr *) condition->clause)->args);
		else if (IsA(condition->clause, ScalarArrayOpExpr))
			argument = lsecond(((ScalarArrayOpExpr *) condition->clause)->args);
		else
			argument = makeBoolConst(false, true);	/* nothing */
		arguments = lappend(arguments, copyObject(argument));
	}
	return arguments;
}

/* The conditions, to be shown. */
List *
smol_condition_clauses(const List *conditions)
{
	List	   *clauses = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
		clauses = lappend(clauses,
						  copyObject(((const SmolCondition *) lfirst(lc))->clause));
	return clauses;
}

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

/* Of one condition of these. */
bool
smol_is_key_condition(const List *packed)
{
	return list_nth_oid(packed, 1) != 0;
}

static void
unpack_condition(const List *numbers, SmolCondition *condition)
{
	condition->column = (int) list_nth_oid(numbers, 0);
	condition->key = list_nth_oid(numbers, 1) != 0;
	condition->test = (SmolTest) list_nth_oid(numbers, 2);
	condition->array = list_nth_oid(numbers, 3) != 0;
	condition->opfamily = list_nth_oid(numbers, 4);
	condition->lefttype = list_nth_oid(numbers, 5);
	condition->righttype = list_nth_oid(numbers, 6);
	condition->collation = list_nth_oid(numbers, 7);
	condition->clause = NULL;
}

static void
check_function(Oid function)
{
	AclResult	result = object_aclcheck(ProcedureRelationId, function, GetUserId(),
										 ACL_EXECUTE);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

/*
 * May the user call the functions of an expression?  The executor asks that when
 * it gets an expression ready; so this is for those that the index tests in its
 * stead, and which are never evaluated.
 */
bool
smol_check_functions(Node *expr, void *context)
{
	if (expr == NULL)
		return false;
	switch (nodeTag(expr))
	{
		case T_OpExpr:
			{
				OpExpr	   *op = (OpExpr *) expr;

				/* a boolean column that is a condition calls nothing */
				if (op->opno == BooleanEqualOperator && IsA(lsecond(op->args), Const))
					break;
				set_opfuncid(op);
				check_function(op->opfuncid);
				break;
			}
		case T_DistinctExpr:
		case T_NullIfExpr:
			set_opfuncid((OpExpr *) expr);
			check_function(((OpExpr *) expr)->opfuncid);
			break;
		case T_ScalarArrayOpExpr:
			set_sa_opfuncid((ScalarArrayOpExpr *) expr);
			check_function(((ScalarArrayOpExpr *) expr)->opfuncid);
			break;
		case T_FuncExpr:
			check_function(((FuncExpr *) expr)->funcid);
			break;
		default:
			break;
	}
	return expression_tree_walker(expr, smol_check_functions, context);
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
 * Get the conditions of a node ready, with their arguments as the planner has
 * left them in custom_exprs (which may have more after them).
 */
SmolConditions *
smol_init_conditions(PlanState *planstate, List *arguments, List *packed)
{
	SmolConditions *conditions = palloc0(sizeof(SmolConditions));
	int			n = list_length(packed);
	bool		runtime = false;

	conditions->n = n;
	conditions->conditions = palloc(sizeof(SmolCondition) * Max(n, 1));
	conditions->arguments = palloc0(sizeof(ExprState *) * Max(n, 1));
	conditions->values = palloc0(sizeof(Datum) * Max(n, 1));
	conditions->isnull = palloc0(sizeof(bool) * Max(n, 1));
	conditions->types = palloc0(sizeof(Oid) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		SmolCondition *condition = &conditions->conditions[i];
		Expr	   *argument = list_nth(arguments, i);

		unpack_condition(list_nth(packed, i), condition);
		conditions->types[i] = exprType((Node *) argument);
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
											conditions->types[i]);
	}
	MemoryContextSwitchTo(old);
}
