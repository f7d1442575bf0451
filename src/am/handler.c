/*-------------------------------------------------------------------------
 *
 * handler.c
 *	  The access method's handler: what PostgreSQL may ask of smol.
 *
 * The handler runs also where no smol index is near: planning an ordinary "="
 * asks every ordered access method about its operator families.  Keep it
 * trivial.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/handler.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/stratnum.h"
#include "am/smolam.h"
#include "commands/vacuum.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_opfamily.h"
#include "fmgr.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(smol_handler);

/* All columns can be returned. */
static bool
can_return(Relation index, int attno)
{
	return true;
}

static CompareType
translate_strategy(StrategyNumber strategy, Oid opfamily)
{
	switch (strategy)
	{
		case BTLessStrategyNumber:
			return COMPARE_LT;
		case BTLessEqualStrategyNumber:
			return COMPARE_LE;
		case BTEqualStrategyNumber:
			return COMPARE_EQ;
		case BTGreaterEqualStrategyNumber:
			return COMPARE_GE;
		case BTGreaterStrategyNumber:
			return COMPARE_GT;
		default:
			return COMPARE_INVALID;
	}
}

static StrategyNumber
translate_cmptype(CompareType cmptype, Oid opfamily)
{
	switch (cmptype)
	{
		case COMPARE_LT:
			return BTLessStrategyNumber;
		case COMPARE_LE:
			return BTLessEqualStrategyNumber;
		case COMPARE_EQ:
			return BTEqualStrategyNumber;
		case COMPARE_GE:
			return BTGreaterEqualStrategyNumber;
		case COMPARE_GT:
			return BTGreaterStrategyNumber;
		default:
			return InvalidStrategy;
	}
}

/*
 * An operator class must have the five comparison operators and function 1,
 * for its own type.  That is all that smol itself calls; the planner's need of
 * complete families is met by the shipped SQL.
 */
static bool
validate_opclass(Oid opclassoid)
{
	HeapTuple	classtup = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclassoid));
	Form_pg_opclass opclass;
	bool		valid = true;

	if (!HeapTupleIsValid(classtup))
		elog(ERROR, "cache lookup failed for operator class %u", opclassoid);
	opclass = (Form_pg_opclass) GETSTRUCT(classtup);

	for (int strategy = 1; strategy <= BTMaxStrategyNumber; strategy++)
	{
		if (!SearchSysCacheExists4(AMOPSTRATEGY,
								   ObjectIdGetDatum(opclass->opcfamily),
								   ObjectIdGetDatum(opclass->opcintype),
								   ObjectIdGetDatum(opclass->opcintype),
								   Int16GetDatum(strategy)))
		{
			ereport(INFO,
					(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
					 errmsg("operator class \"%s\" of access method %s is missing operator %d",
							NameStr(opclass->opcname), "smol", strategy)));
			valid = false;
		}
	}
	if (!SearchSysCacheExists4(AMPROCNUM,
							   ObjectIdGetDatum(opclass->opcfamily),
							   ObjectIdGetDatum(opclass->opcintype),
							   ObjectIdGetDatum(opclass->opcintype),
							   Int16GetDatum(1)))
	{
		ereport(INFO,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("operator class \"%s\" of access method %s is missing support function %d",
						NameStr(opclass->opcname), "smol", 1)));
		valid = false;
	}
	ReleaseSysCache(classtup);
	return valid;
}

Datum
smol_handler(PG_FUNCTION_ARGS)
{
	IndexAmRoutine *am = makeNode(IndexAmRoutine);

	smol_guard_late_load();

	am->amstrategies = BTMaxStrategyNumber;
	am->amsupport = 3;			/* btree's 1 = cmp, 2 = sortsupport, 3 =
								 * in_range */
	am->amcanorder = true;
	am->amconsistentequality = true;
	am->amconsistentordering = true;
	am->amcanbackward = true;
	am->amcanmulticol = true;
	am->amoptionalkey = true;
	am->amsearcharray = true;
	am->amsearchnulls = true;
	am->ampredlocks = true;		/* the scan locks the heap relation itself */
	am->amcanparallel = true;
	am->amcanbuildparallel = true;
	am->amcaninclude = true;
	am->amusemaintenanceworkmem = false;	/* by VACUUM */
	am->amparallelvacuumoptions = VACUUM_OPTION_NO_PARALLEL;
	am->amkeytype = InvalidOid;

	/*
	 * amsummarizing would let HOT updates change indexed columns;
	 * amclusterable would have CLUSTER scan with SnapshotAny; amgetbitmap
	 * needs TIDs.
	 */
	am->amsummarizing = false;
	am->amclusterable = false;
	am->amgetbitmap = NULL;

	am->ambuild = smol_build;
	am->ambuildempty = smol_buildempty;
	am->aminsert = smol_insert;
	am->ambulkdelete = smol_bulkdelete;
	am->amvacuumcleanup = smol_vacuumcleanup;
	am->amcanreturn = can_return;
	am->amcostestimate = smol_costestimate;
	am->amgettreeheight = smol_gettreeheight;
	am->amoptions = smol_options;
	am->ambuildphasename = smol_build_phase_name;
	am->amvalidate = validate_opclass;
	am->ambeginscan = smol_beginscan;
	am->amrescan = smol_rescan;
	am->amgettuple = smol_gettuple;
	am->amendscan = smol_endscan;
	am->ammarkpos = smol_markpos;
	am->amrestrpos = smol_restrpos;
	am->amestimateparallelscan = smol_estimateparallelscan;
	am->aminitparallelscan = smol_initparallelscan;
	am->amparallelrescan = smol_parallelrescan;
	am->amtranslatestrategy = translate_strategy;
	am->amtranslatecmptype = translate_cmptype;

	PG_RETURN_POINTER(am);
}

/* Is this access method smol, under whatever name? */
bool
smol_is_smol_am(Oid amoid)
{
	IndexAmRoutine *am;
	bool		is_smol;

	if (amoid < FirstNormalObjectId)
		return false;
	am = GetIndexAmRoutineByAmId(amoid, true);
	if (am == NULL)
		return false;
	is_smol = am->ambuild == smol_build;
	pfree(am);
	return is_smol;
}

bool
smol_is_smol_index(Relation index)
{
	return index->rd_rel->relkind == RELKIND_INDEX && index->rd_indam != NULL &&
		index->rd_indam->ambuild == smol_build;
}
