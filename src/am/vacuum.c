/*-------------------------------------------------------------------------
 *
 * vacuum.c
 *	  Life after the build: what writes and VACUUM do to a sealed index.
 *
 * Nothing here changes the content.  All that can happen to a sealed index is
 * to be marked stale.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/vacuum.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "am/smolam.h"
#include "commands/vacuum.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/injection_point.h"
#include "utils/lsyscache.h"

/* The error of writes = reject. */
void
smol_report_sealed(Relation heap, Relation index)
{
	const char *name =
		quote_qualified_identifier(get_namespace_name(RelationGetNamespace(index)),
								   RelationGetRelationName(index));

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table \"%s\" is sealed by smol index \"%s\"",
					RelationGetRelationName(heap),
					RelationGetRelationName(index)),
			 errdetail("A smol index is read-only, and so is its table as long as the index has writes = reject."),
			 heap->rd_rel->relkind == RELKIND_MATVIEW ?
			 errhint("REFRESH MATERIALIZED VIEW without CONCURRENTLY; or ALTER INDEX %s SET (writes = retire), refresh, and REINDEX.",
					 name) :
			 errhint("DROP INDEX %s, write, and create it again; or ALTER INDEX %s SET (writes = retire), write, and REINDEX.",
					 name, name),
			 errtable(heap)));
}

/*
 * A row came into the heap that the index does not have: refuse it, or mark
 * the index stale.  The heap tuple is in place already, so an error here
 * leaves a dead tuple, nothing worse.
 *
 * The order matters: STALE first, then the conflict check.  A serializable
 * reader takes its predicate lock before it reads STALE, so it either sees
 * STALE or is seen by the check.
 */
bool
smol_insert(Relation index, Datum *values, bool *isnull, ItemPointer tid,
			Relation heap, IndexUniqueCheck checkUnique, bool indexUnchanged,
			IndexInfo *info)
{
	if (smol_get_writes(index) == SMOL_WRITES_REJECT)
		smol_report_sealed(heap, index);

	INJECTION_POINT("smol-retire-before-stale", NULL);
	smol_mark_stale(heap, index, "a row was written to the table");
	INJECTION_POINT("smol-retire-after-stale", NULL);
	CheckForSerializableConflictIn(heap, NULL, InvalidBlockNumber);
	return false;
}

typedef struct DeadProbe
{
	IndexBulkDeleteCallback callback;
	void	   *state;
} DeadProbe;

static bool
probe_dead(ItemPointer root, void *arg)
{
	DeadProbe  *probe = arg;

	return probe->callback(root, probe->state);
}

/*
 * VACUUM is about to reap dead line pointers, and to set all-visible bits: if
 * any of them is indexed, the bits will no longer tell, so the flag must.
 */
IndexBulkDeleteResult *
smol_bulkdelete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
				IndexBulkDeleteCallback callback, void *callback_state)
{
	DeadProbe	probe = {callback, callback_state};

	if (stats == NULL)
		stats = palloc0(sizeof(IndexBulkDeleteResult));

	/*
	 * neither damage nor another version of smol may keep VACUUM from its
	 * work
	 */
	if (!smol_meta_is_readable(info->index))
	{
		smol_void_index(info->index);
		return stats;
	}

	if (!smol_is_stale(info->index) &&
		smol_find_dead(info->heaprel, info->index, probe_dead, &probe))
	{
		smol_mark_stale(info->heaprel, info->index, "VACUUM found indexed rows deleted");
		ereport(info->message_level,
				(errmsg("index \"%s\" is stale: rows of table \"%s\" were deleted",
						RelationGetRelationName(info->index),
						RelationGetRelationName(info->heaprel)),
				 errhint("REINDEX INDEX \"%s\".",
						 RelationGetRelationName(info->index))));
	}
	return stats;
}

IndexBulkDeleteResult *
smol_vacuumcleanup(IndexVacuumInfo *info, IndexBulkDeleteResult *stats)
{
	SmolMetaPageData meta;

	if (info->analyze_only)
		return stats;
	INJECTION_POINT("smol-vacuum-cleanup", NULL);
	if (stats == NULL)
		stats = palloc0(sizeof(IndexBulkDeleteResult));

	if (!smol_meta_is_readable(info->index))
	{
		ereport(WARNING,
				(errcode(ERRCODE_INDEX_CORRUPTED),
				 errmsg("index \"%s\" is damaged, or of another version of smol",
						RelationGetRelationName(info->index)),
				 errhint("REINDEX INDEX %s.",
						 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(info->index)),
													RelationGetRelationName(info->index)))));
		return stats;
	}

	smol_read_meta(info->index, &meta);
	stats->num_pages = RelationGetNumberOfBlocks(info->index);
	stats->num_index_tuples = meta.segments[0].nrows;
	stats->estimated_count = false;
	return stats;
}
