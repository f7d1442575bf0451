/*-------------------------------------------------------------------------
 *
 * quals.c
 *	  Which quals of a relation a smol index can test.
 *
 * A qual is taken if it compares a column of the index, by an operator that is
 * a member of an ordering operator family or the negator of such an equality,
 * with something that does not depend on the row; or asks it for NULL.  If the
 * column is a key and the family and collation are the index's, it may bound
 * the range.  Else it is a filter: on INCLUDE columns, and on keys by another
 * collation, say.  Row comparisons, LIKE and OR are left to the executor.
 *
 * What the index tests is tested before anything else.  So a qual is taken only
 * if it may come before all others: none of those must be a security qual of a
 * lower level, unless this one is leakproof.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/quals.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/nbtree.h"
#include "access/sysattr.h"
#include "am/smolam.h"
#include "am/smolfacts.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "plan/smolquals.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The index column that an expression is; -1 if none. */
static int
find_column(IndexOptInfo *index, Node *expr)
{
	for (int i = 0; i < index->ncolumns; i++)
		if (match_index_to_operand(expr, i, index))
			return i;
	return -1;
}

/* Is this the same for all rows of the relation? */
static bool
is_argument(PlannerInfo *root, IndexOptInfo *index, Node *expr)
{
	return !bms_is_member(index->rel->relid, pull_varnos(root, expr)) &&
		!contain_volatile_functions(expr);
}

/* What an operator means in some operator family; no family: nothing. */
typedef struct Meaning
{
	Oid			opno;			/* InvalidOid: not used */
	Oid			asked;			/* the family, or InvalidOid: any */
	bool		strict;
	SmolTest	test;
	Oid			opfamily;
	Oid			lefttype;
	Oid			righttype;
} Meaning;

/* Those asked for lately: to find one takes longer than much of planning. */
static Meaning meanings[32];
static uint64 times_forgotten;

static void
forget_meanings(Datum arg, int cacheid, uint32 hashvalue)
{
	memset(meanings, 0, sizeof(meanings));
	times_forgotten++;
}

static void
look_up_meaning(Meaning *meaning)
{
	ListCell   *lc;

	meaning->opfamily = InvalidOid;
	meaning->strict = op_strict(meaning->opno);
	if (OidIsValid(meaning->asked))
	{
		int			strategy = get_op_opfamily_strategy(meaning->opno, meaning->asked);

		if (strategy == 0)
			return;
		get_op_opfamily_properties(meaning->opno, meaning->asked, false, &strategy,
								   &meaning->lefttype, &meaning->righttype);
		meaning->opfamily = meaning->asked;
		meaning->test = (SmolTest) strategy;
		return;
	}
	foreach(lc, get_op_index_interpretation(meaning->opno))
	{
		OpIndexInterpretation *found = lfirst(lc);

		/* what compares, and what sorts the elements of an array */
		if (!OidIsValid(get_opfamily_proc(found->opfamily_id, found->oplefttype,
										  found->oplefttype, BTORDER_PROC)) ||
			!OidIsValid(get_opfamily_proc(found->opfamily_id, found->oplefttype,
										  found->oprighttype, BTORDER_PROC)) ||
			!OidIsValid(get_opfamily_proc(found->opfamily_id, found->oprighttype,
										  found->oprighttype, BTORDER_PROC)))
			continue;
		switch (found->cmptype)
		{
			case COMPARE_LT:
				meaning->test = SMOL_TEST_LESS;
				break;
			case COMPARE_LE:
				meaning->test = SMOL_TEST_LESS_EQUAL;
				break;
			case COMPARE_EQ:
				meaning->test = SMOL_TEST_EQUAL;
				break;
			case COMPARE_GE:
				meaning->test = SMOL_TEST_GREATER_EQUAL;
				break;
			case COMPARE_GT:
				meaning->test = SMOL_TEST_GREATER;
				break;
			case COMPARE_NE:
				meaning->test = SMOL_TEST_NOT_EQUAL;
				break;
			default:
				continue;
		}
		meaning->opfamily = found->opfamily_id;
		meaning->lefttype = found->oplefttype;
		meaning->righttype = found->oprighttype;
		return;
	}
}

/*
 * What does an operator mean in a family, or if that is InvalidOid in any?  The
 * answer holds until families change, or an operator or its function (its negator
 * is looked at, too).
 */
static const Meaning *
find_meaning(Oid opno, Oid opfamily)
{
	static bool registered = false;
	static int	last = 0;
	static Meaning meaning;
	uint64		before;

	for (size_t i = 0; i < lengthof(meanings); i++)
		if (meanings[i].opno == opno && meanings[i].asked == opfamily)
			return &meanings[i];

	if (!registered)
	{
		CacheRegisterSyscacheCallback(PROCOID, forget_meanings, (Datum) 0);
		CacheRegisterSyscacheCallback(AMOPOPID, forget_meanings, (Datum) 0);
		CacheRegisterSyscacheCallback(AMPROCNUM, forget_meanings, (Datum) 0);
		CacheRegisterSyscacheCallback(OPEROID, forget_meanings, (Datum) 0);
		registered = true;
	}
	before = times_forgotten;
	memset(&meaning, 0, sizeof(meaning));
	meaning.opno = opno;
	meaning.asked = opfamily;
	look_up_meaning(&meaning);

	/* unless the catalogs changed meanwhile */
	if (before == times_forgotten)
	{
		last = (last + 1) % lengthof(meanings);
		meanings[last] = meaning;
	}
	return &meaning;
}

/*
 * Find the operator's meaning: in the index's family for a key column under the
 * index's collation, or else in any.  False if it has none.
 */
static bool
set_operator(SmolCondition *condition, IndexOptInfo *index, Oid opno, Oid collation)
{
	int			column = condition->column;
	const Meaning *found = NULL;

	condition->collation = collation;
	if (column < index->nkeycolumns &&
		(!OidIsValid(index->indexcollations[column]) ||
		 index->indexcollations[column] == collation))
		found = find_meaning(opno, index->opfamily[column]);
	condition->key = found && OidIsValid(found->opfamily);
	if (!condition->key)
		found = find_meaning(opno, InvalidOid);
	if (!found->strict)
		return false;
	condition->test = found->test;
	condition->opfamily = found->opfamily;
	condition->lefttype = found->lefttype;
	condition->righttype = found->righttype;
	return OidIsValid(found->opfamily);
}

/* "column op argument", with either side first */
static bool
match_opclause(PlannerInfo *root, IndexOptInfo *index, OpExpr *clause,
			   SmolCondition *condition)
{
	Node	   *left;
	Node	   *right;
	Oid			opno = clause->opno;

	if (list_length(clause->args) != 2)
		return false;
	left = linitial(clause->args);
	right = lsecond(clause->args);
	condition->column = find_column(index, left);
	if (condition->column >= 0 && is_argument(root, index, right))
	{
		condition->clause = (Expr *) clause;
		return set_operator(condition, index, opno, clause->inputcollid);
	}

	condition->column = find_column(index, right);
	if (condition->column >= 0 && is_argument(root, index, left))
	{
		OpExpr	   *commuted;

		opno = get_commutator(opno);
		if (!OidIsValid(opno))
			return false;
		commuted = makeNode(OpExpr);
		memcpy(commuted, clause, sizeof(OpExpr));
		commuted->opno = opno;
		commuted->opfuncid = get_opcode(opno);
		commuted->args = list_make2(right, left);
		condition->clause = (Expr *) commuted;
		return set_operator(condition, index, opno, clause->inputcollid);
	}
	return false;
}

/* "column op ANY (array)"; "column <> ALL (array)" */
static bool
match_array(PlannerInfo *root, IndexOptInfo *index, ScalarArrayOpExpr *clause,
			SmolCondition *condition)
{
	condition->column = find_column(index, linitial(clause->args));
	condition->clause = (Expr *) clause;
	condition->array = true;
	if (condition->column < 0 || !is_argument(root, index, lsecond(clause->args)) ||
		!set_operator(condition, index, clause->opno, clause->inputcollid))
		return false;
	if (clause->useOr)
		return condition->key || condition->test == SMOL_TEST_EQUAL;
	return condition->test == SMOL_TEST_NOT_EQUAL;
}

static bool
match_nulltest(IndexOptInfo *index, Expr *arg, bool isnull, SmolCondition *condition)
{
	NullTest   *clause = makeNode(NullTest);

	condition->column = find_column(index, (Node *) arg);
	if (condition->column < 0)
		return false;
	clause->arg = arg;
	clause->nulltesttype = isnull ? IS_NULL : IS_NOT_NULL;
	clause->argisrow = false;
	clause->location = -1;
	condition->clause = (Expr *) clause;
	condition->key = condition->column < index->nkeycolumns;
	condition->test = isnull ? SMOL_TEST_NULL : SMOL_TEST_NOT_NULL;
	return true;
}

/* A boolean column as a qual means "column = true". */
static bool
match_boolean(IndexOptInfo *index, Expr *arg, bool value, SmolCondition *condition)
{
	condition->column = find_column(index, (Node *) arg);
	if (condition->column < 0)
		return false;
	condition->clause = make_opclause(BooleanEqualOperator, BOOLOID, false, arg,
									  (Expr *) makeBoolConst(value, false),
									  InvalidOid, InvalidOid);
	return set_operator(condition, index, BooleanEqualOperator, InvalidOid);
}

static bool
match_clause(PlannerInfo *root, IndexOptInfo *index, Expr *clause,
			 SmolCondition *condition)
{
	if (IsA(clause, OpExpr))
		return match_opclause(root, index, (OpExpr *) clause, condition);
	if (IsA(clause, ScalarArrayOpExpr))
		return match_array(root, index, (ScalarArrayOpExpr *) clause, condition);
	if (IsA(clause, NullTest))
	{
		NullTest   *test = (NullTest *) clause;

		return !test->argisrow &&
			match_nulltest(index, test->arg, test->nulltesttype == IS_NULL, condition);
	}
	if (IsA(clause, BooleanTest))
	{
		BooleanTest *test = (BooleanTest *) clause;

		switch (test->booltesttype)
		{
			case IS_TRUE:
			case IS_FALSE:
				return match_boolean(index, test->arg, test->booltesttype == IS_TRUE,
									 condition);
			case IS_UNKNOWN:
			case IS_NOT_UNKNOWN:
				return match_nulltest(index, test->arg,
									  test->booltesttype == IS_UNKNOWN, condition);
			default:
				return false;
		}
	}
	if (is_notclause(clause))
		return match_boolean(index, get_notclausearg(clause), false, condition);
	if (exprType((Node *) clause) == BOOLOID)
		return match_boolean(index, clause, true, condition);
	return false;
}

/* Key conditions first, by column; else as they came. */
static bool
comes_before(const SmolCondition *a, const SmolCondition *b)
{
	if (a->key != b->key)
		return a->key;
	return a->key && a->column < b->column;
}

static void
add_condition(SmolQuals *quals, SmolCondition *condition, RestrictInfo *rinfo)
{
	int			at = 0;
	ListCell   *lc;

	foreach(lc, quals->conditions)
	{
		if (comes_before(condition, lfirst(lc)))
			break;
		at++;
	}
	quals->conditions = list_insert_nth(quals->conditions, at, condition);
	quals->condition_rinfos = list_insert_nth(quals->condition_rinfos, at, rinfo);
}

/* How many conditions bound the range: up to the first column without "=". */
static int
count_bounds(const List *conditions)
{
	int			column = 0;
	bool		equal = false;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		const SmolCondition *condition = lfirst(lc);

		if (!condition->key)
			break;
		if (condition->column != column)
		{
			if (!equal || condition->column != ++column)
				break;
			equal = false;
		}
		if (condition->test == SMOL_TEST_EQUAL || condition->test == SMOL_TEST_NULL)
			equal = true;
		n++;
	}
	return n;
}

/*
 * Are the columns of an expression in the index as such?  A node has no other
 * use for an index column that is an expression than to test it: rows from the
 * heap don't have it.
 */
static bool
has_columns(RelOptInfo *rel, IndexOptInfo *index, Expr *clause)
{
	Bitmapset  *needed = NULL;

	pull_varattnos((Node *) clause, rel->relid, &needed);
	for (int i = 0; i < index->ncolumns; i++)
		if (index->indexkeys[i] != 0)
			needed = bms_del_member(needed, index->indexkeys[i] -
									FirstLowInvalidHeapAttributeNumber);
	return bms_is_empty(needed);
}

static void
divide_quals(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
			 List *rinfos, SmolQuals *quals)
{
	ListCell   *lc;

	memset(quals, 0, sizeof(*quals));
	quals->estimates = palloc(sizeof(SmolQualsEstimates));
	quals->estimates->share = quals->estimates->in_range = quals->estimates->passing = -1;
	foreach(lc, rinfos)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		SmolCondition *condition;

		/* a gating Result node asks these */
		if (rinfo->pseudoconstant)
			continue;

		/*
		 * A partial index's predicate may say it already.  (In planning a
		 * partitionwise join, core replaces baserestrictinfo by copies: the
		 * list of those that are not implied can't be compared with it.)
		 */
		if (index->indpred != NIL &&
			!contain_mutable_functions((Node *) rinfo->clause) &&
			predicate_implied_by(list_make1(rinfo->clause), index->indpred, false))
			continue;

		condition = palloc0(sizeof(SmolCondition));
		if (restriction_is_securely_promotable(rinfo, rel) &&
			match_clause(root, index, rinfo->clause, condition) &&
			(index->indexkeys[condition->column] != 0 ||
			 has_columns(rel, index, rinfo->clause)))
			add_condition(quals, condition, rinfo);
		else
			quals->rest = lappend(quals->rest, rinfo);
	}

	foreach(lc, quals->conditions)
		if (((SmolCondition *) lfirst(lc))->key)
		quals->nkeys++;
	quals->nbounds = count_bounds(quals->conditions);
	quals->exact_range = quals->rest == NIL &&
		quals->nbounds == list_length(quals->conditions);
}

/*
 * Divide quals.  Those of the relation itself are divided once for all paths of
 * the index; nobody changes what the lists have.
 */
void
smol_divide_quals(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
				  List *rinfos, SmolQuals *quals)
{
	SmolFacts  *facts;

	if (rinfos != rel->baserestrictinfo)
	{
		divide_quals(root, rel, index, rinfos, quals);
		return;
	}
	facts = smol_get_facts(root, index);
	if (facts->quals == NULL || facts->divided != rinfos ||
		facts->ndivided != list_length(rinfos))
	{
		MemoryContext old = MemoryContextSwitchTo(root->planner_cxt);

		facts->quals = palloc(sizeof(SmolQuals));
		divide_quals(root, rel, index, rinfos, facts->quals);
		facts->divided = rinfos;
		facts->ndivided = list_length(rinfos);
		MemoryContextSwitchTo(old);
	}
	*quals = *facts->quals;
}

AttrNumber
smol_missing_column(RelOptInfo *rel, IndexOptInfo *index, const List *rest,
					bool *covers)
{
	Bitmapset  *needed = NULL;
	ListCell   *lc;
	int			member = -1;

	*covers = false;
	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &needed);
	foreach(lc, rest)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause,
					   rel->relid, &needed);
	while ((member = bms_next_member(needed, member)) >= 0)
	{
		int			attno = member + FirstLowInvalidHeapAttributeNumber;
		bool		found = false;

		/* not of system columns, nor of whole rows */
		for (int i = 0; i < index->ncolumns && attno > 0; i++)
			found |= index->indexkeys[i] == attno;
		if (!found)
			return (AttrNumber) attno;
	}
	*covers = true;
	return 0;
}

/*
 * The order of an index's rows.  The planner asks the operator families' access
 * methods about it, which takes long; so that is done once, and backward all of
 * it is turned round.
 */
List *
smol_index_pathkeys(PlannerInfo *root, IndexOptInfo *index, bool backward)
{
	SmolFacts  *facts = smol_get_facts(root, index);

	if (!facts->ordered)
	{
		MemoryContext old = MemoryContextSwitchTo(root->planner_cxt);
		ListCell   *lc;

		facts->pathkeys[0] = build_index_pathkeys(root, index, ForwardScanDirection);
		foreach(lc, facts->pathkeys[0])
		{
			PathKey    *key = lfirst_node(PathKey, lc);

			facts->pathkeys[1] =
				lappend(facts->pathkeys[1],
						make_canonical_pathkey(root, key->pk_eclass, key->pk_opfamily,
											   key->pk_cmptype == COMPARE_LT ?
											   COMPARE_GT : COMPARE_LT,
											   !key->pk_nulls_first));
		}
		facts->ordered = true;
		MemoryContextSwitchTo(old);
	}
	return facts->pathkeys[backward ? 1 : 0];
}

bool
smol_index_covers(RelOptInfo *rel, IndexOptInfo *index, const List *rest)
{
	bool		covers;

	(void) smol_missing_column(rel, index, rest, &covers);
	return covers;
}

/*
 * Why a custom node can't read this relation, whatever its indexes are.
 */
const char *
smol_why_not_scanned(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	if (rte->rtekind != RTE_RELATION || rte->inh ||
		(rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_MATVIEW))
		return "the relation is not a table";
	if (rte->tablesample)
		return "the table is sampled";

	/* EvalPlanQual would have to test a row that a node returned before */
	if (root->rowMarks != NIL ||
		(root->parse->commandType != CMD_SELECT &&
		 root->parse->commandType != CMD_INSERT))
		return "the query locks or writes rows";
	if (rel->lateral_relids)
		return "the table refers to other relations laterally";
	return NULL;
}

double
smol_quals_share(PlannerInfo *root, IndexOptInfo *index, const SmolQuals *quals)
{
	SmolQualsEstimates *estimates = quals->estimates;
	List	   *columns = NIL;
	List	   *clauses = NIL;

	if (estimates->share >= 0)
		return estimates->share;
	for (int i = quals->nbounds; i < list_length(quals->conditions); i++)
	{
		const SmolCondition *condition = list_nth(quals->conditions, i);
		RestrictInfo *rinfo = list_nth_node(RestrictInfo, quals->condition_rinfos, i);

		columns = lappend_int(columns, condition->column);
		clauses = lappend(clauses, rinfo->clause == condition->clause ?
						  (Expr *) rinfo : condition->clause);
	}
	estimates->share = smol_read_share(root, index, columns, clauses);
	return estimates->share;
}

double
smol_quals_risk(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
				const SmolQuals *quals)
{
	List	   *bounds;
	List	   *columns = NIL;
	List	   *clauses = NIL;

	if (!smol_get_facts(root, index)->parts)
		return 0;
	for (int i = 0; i < quals->nkeys; i++)
	{
		const SmolCondition *condition = list_nth(quals->conditions, i);

		columns = lappend_int(columns, condition->column);
		clauses = lappend(clauses, condition->clause);
	}
	bounds = list_copy_head(quals->condition_rinfos, quals->nbounds);
	return smol_fallback_risk(root, index, columns, clauses,
							  clauselist_selectivity(root, bounds, rel->relid,
													 JOIN_INNER, NULL));
}
