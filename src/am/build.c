/*-------------------------------------------------------------------------
 *
 * build.c
 *	  CREATE INDEX and REINDEX: scan the heap, sort, write.
 *
 * Sorting is PostgreSQL's own, the same that nbtree builds with, and workers
 * take part as they do there (build_parallel.c).  Rows are indexed that are
 * alive for the builder; others are for older snapshots, for which the index
 * won't be used (tree/smolseal.c).
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/build.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/detoast.h"
#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "am/smolam.h"
#include "am/smolbuild.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/partition.h"
#include "catalog/pg_am_d.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "pgstat.h"
#include "storage/bulk_write.h"
#include "storage/lmgr.h"
#include "tree/smolwriter.h"
#include "type/smolhash.h"
#include "utils/builtins.h"
#include "utils/injection_point.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Can a smol index on this table be trusted at all? */
static void
check_table(Relation heap, Relation index, IndexInfo *info)
{
	if (info->ii_Concurrent)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("access method \"%s\" does not support building an index concurrently", "smol"),
				 errhint("DROP INDEX \"%s\" if it was left behind, and use CREATE INDEX or REINDEX without CONCURRENTLY.",
						 RelationGetRelationName(index))));
	if (info->ii_ExclusionOps != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("access method \"%s\" does not support exclusion constraints", "smol"),
				 errhint("Use access method \"gist\" or \"btree\" for the constraint.")));
	if (IsCatalogRelation(heap) || IsToastRelation(heap))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("smol indexes on system catalogs are not supported")));
	if (heap->rd_rel->relam != HEAP_TABLE_AM_OID ||
		heap->rd_tableam != GetHeapamTableAmRoutine())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("table \"%s\" does not use access method \"heap\"",
						RelationGetRelationName(heap)),
				 errdetail("A smol index is trusted by the visibility map of a heap table.")));
}

/* Has this session the table open? */
static bool
is_open(Oid relid)
{
	Relation	rel;
	bool		open;

	if (!CheckRelationOidLockedByMe(relid, AccessShareLock, true))
		return false;
	rel = RelationIdGetRelation(relid);
	if (!RelationIsValid(rel))
		return false;
	open = rel->rd_refcnt > 1;
	RelationClose(rel);
	return open;
}

/*
 * References to the heap's relcache entry while an index is first built:
 * DefineIndex's, and that of the command on the way there, such as ALTER TABLE
 * ... ATTACH PARTITION on the table that it attaches.  On a partition below
 * that table there is DefineIndex's only.  Then the partition's grandparent is
 * open too: it is the table that is attached to, or one on the way from there.
 */
static int
expected_references(Relation heap)
{
	Oid			parent;

	if (!heap->rd_rel->relispartition)
		return 2;
	parent = get_partition_parent(RelationGetRelid(heap), true);
	if (!get_rel_relispartition(parent))
		return 2;
	return is_open(get_partition_parent(parent, true)) ? 1 : 2;
}

/*
 * Has this session a query open on the table?  Its list of indexes to
 * maintain may be older than this index, so it could write rows that the
 * index is never told of.  CREATE INDEX checks this itself; ALTER TABLE ...
 * ATTACH PARTITION does not.  guard.c does it in its stead, unless it is that
 * command within a query that has only now loaded this library.
 *
 * An index that is being rebuilt is on the list of any open query.
 */
static void
check_not_in_use(Relation heap, Relation index)
{
	bool		first_build = index->rd_createSubid != InvalidSubTransactionId &&
		index->rd_newRelfilelocatorSubid == InvalidSubTransactionId;

	if (first_build && heap->rd_refcnt > expected_references(heap))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("cannot build a smol index on table \"%s\" because it is being used by active queries in this session",
						RelationGetRelationName(heap))));
}

/*
 * Describe the columns in the metapage, or refuse them.
 */
static void
describe_columns(Relation index, SmolMetaPageData *meta)
{
	TupleDesc	desc = RelationGetDescr(index);

	meta->nkeys = IndexRelationGetNumberOfKeyAttributes(index);
	meta->ncolumns = IndexRelationGetNumberOfAttributes(index);

	for (int i = 0; i < meta->ncolumns; i++)
	{
		SmolColumnDesc *col = &meta->columns[i];
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!smol_describe_column(index, i, col))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" has type %s, which smol does not support",
							NameStr(att->attname), format_type_be(att->atttypid)),
					 errhint("Leave the column out, or index an expression of a supported type.")));

		/* the first column's equality is a range; one byte is in every leaf */
		if (i > 0 && smol_get_bloom(index) && col->image != SMOL_IMAGE_UINT1)
			col->hash = smol_choose_hash(att->atttypid);
		if (i >= meta->nkeys)
			continue;
		col->flags = SMOL_COLUMN_KEY;
		if (index->rd_indoption[i] & INDOPTION_DESC)
			col->flags |= SMOL_COLUMN_DESC;
		if (index->rd_indoption[i] & INDOPTION_NULLS_FIRST)
			col->flags |= SMOL_COLUMN_NULLS_FIRST;
		if (OidIsValid(index->rd_indcollation[i]) &&
			!get_collation_isdeterministic(index->rd_indcollation[i]))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" has a nondeterministic collation, which smol does not support",
							NameStr(att->attname)),
					 errhint("Name a deterministic collation for the column, such as COLLATE \"C\".")));
	}
}

/* Start the metapage of an index. */
static void
start_meta(Relation index, SmolMetaPageData *meta)
{
	memset(meta, 0, sizeof(*meta));
	meta->magic = SMOL_MAGIC;
	meta->version = SMOL_FORMAT_VERSION;
	meta->oldest_reader = SMOL_OLDEST_READER;
	meta->byte_order = SMOL_BYTE_ORDER_MARK;
	meta->block_size = BLCKSZ;
	if (smol_get_nulls(index) == SMOL_NULLS_STORE)
		meta->flags |= SMOL_META_NULLS;
	meta->builder = GetTopFullTransactionId();
	meta->nsegments = 1;
	describe_columns(index, meta);
}

/* By images: which columns need a look at each row, and how wide may rows be? */
static void
prepare_checks(SmolBuild *build)
{
	build->ndecimals = build->nstrings = 0;
	for (int i = 0; i < build->meta.ncolumns; i++)
	{
		if (build->meta.columns[i].image == SMOL_IMAGE_DECIMAL)
			build->decimals[build->ndecimals++] = i;
		if (!SmolImageIsWord(build->meta.columns[i].image))
			build->strings[build->nstrings++] = i;
	}
	smol_row_limits(&build->meta, &build->key_limit, &build->row_limit);
}

/* A row is too wide: say so, with the limit. */
static void
check_width(SmolBuild *build, Datum *values, bool *isnull)
{
	TupleDesc	desc = RelationGetDescr(build->index);
	Size		key_bytes = 0;
	Size		row_bytes = 0;

	for (int k = 0; k < build->nstrings; k++)
	{
		int			i = build->strings[k];
		const SmolColumnDesc *col = &build->meta.columns[i];
		Size		bytes;

		if (isnull[i])
			continue;
		bytes = col->image == SMOL_IMAGE_FIXED ? col->length :
			col->image == SMOL_IMAGE_NAME ? smol_name_length(DatumGetPointer(values[i])) :
			VARATT_IS_COMPRESSED(DatumGetPointer(values[i])) ||
			VARATT_IS_EXTERNAL(DatumGetPointer(values[i])) ?
			toast_raw_datum_size(values[i]) - VARHDRSZ :
			VARSIZE_ANY_EXHDR(DatumGetPointer(values[i]));
		row_bytes += bytes;
		if (i < build->meta.nkeys)
			key_bytes += bytes;
	}

	if (likely(key_bytes <= build->key_limit && row_bytes <= build->row_limit))
		return;
	if (key_bytes > build->key_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("index row key of %zu bytes exceeds the maximum of %zu for index \"%s\"",
						key_bytes, build->key_limit,
						RelationGetRelationName(build->index)),
				 errhint("Index fewer or shorter columns, or a shorter expression such as left(%s, 100).",
						 NameStr(TupleDescAttr(desc, 0)->attname)),
				 errtable(build->heap)));
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("index row of %zu bytes exceeds the maximum of %zu for index \"%s\"",
					row_bytes, build->row_limit,
					RelationGetRelationName(build->index)),
			 errhint("INCLUDE fewer or shorter columns."),
			 errtable(build->heap)));
}

/*
 * Columns with a value that their image can't hold get an image that can.
 * Returns whether there are any.
 */
static bool
widen_columns(SmolBuild *build)
{
	bool		any = false;

	for (int i = 0; i < build->meta.ncolumns; i++)
	{
		if (!build->found.wide[i])
			continue;
		smol_widen_column(&build->meta.columns[i]);
		any = true;
	}
	if (any)
		prepare_checks(build);
	return any;
}

/* Called for each heap row. */
static void
add_row(Relation index, ItemPointer tid, Datum *values, bool *isnull,
		bool tupleIsAlive, void *arg)
{
	SmolBuild  *build = arg;
	bool		any_null;

	if (!tupleIsAlive)
		return;

	any_null = memchr(isnull, true, build->meta.ncolumns) != NULL;
	if (unlikely(any_null))
	{
		for (int i = 0; i < build->meta.ncolumns; i++)
			build->found.nulls[i] += isnull[i];
		build->any_null = true;
	}

	/* bound to fail: only count on */
	if (build->any_null && !(build->meta.flags & SMOL_META_NULLS))
		return;

	for (int k = 0; k < build->ndecimals; k++)
	{
		int			i = build->decimals[k];

		if (likely(isnull[i] || smol_can_store(&build->meta.columns[i], values[i])))
			continue;
		build->found.wide[i] = true;
		widen_columns(build);

		/* there is a column less; those that were looked at will do again */
		k = -1;
	}
	check_width(build, values, isnull);
	smol_add_footprint(build->footprint, tid);
	smol_put_row(build, tid, values, isnull, any_null);
	build->found.rows++;
}

/*
 * Scan the heap, or this participant's share of it, and put the rows in the
 * sort.
 */
void
smol_scan_heap(SmolBuild *build, IndexInfo *info, TableScanDesc scan, bool progress)
{
	prepare_checks(build);

	/* no synchronised scan, unless one is given: see smol_add_footprint */
	build->found.heap_rows = table_index_build_scan(build->heap, build->index, info,
													scan != NULL, progress,
													add_row, build, scan);
	build->found.broken_hot_chain = info->ii_BrokenHotChain;
}

/* What participants found, taken together. */
void
smol_add_findings(SmolFindings *sum, const SmolFindings *found)
{
	sum->heap_rows += found->heap_rows;
	sum->rows += found->rows;
	for (int i = 0; i < INDEX_MAX_KEYS; i++)
	{
		sum->nulls[i] += found->nulls[i];
		sum->wide[i] |= found->wide[i];
	}
	sum->broken_hot_chain |= found->broken_hot_chain;
}

/* nulls = reject: name the first column with NULLs, if any, and how many. */
static void
reject_nulls(SmolBuild *build)
{
	if (build->meta.flags & SMOL_META_NULLS)
		return;
	for (int i = 0; i < build->meta.ncolumns; i++)
	{
		const char *name = NameStr(TupleDescAttr(RelationGetDescr(build->index), i)->attname);

		if (build->found.nulls[i] > 0)
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("column \"%s\" of index \"%s\" is null in %lld rows of table \"%s\"",
							name, RelationGetRelationName(build->index),
							(long long) build->found.nulls[i],
							RelationGetRelationName(build->heap)),
					 errdetail("A smol index rejects NULLs unless it is told to store them."),
					 build->index->rd_index->indkey.values[i] != 0 ?
					 errhint("Use WITH (nulls = store), or a partial index WHERE %s IS NOT NULL.",
							 quote_identifier(name)) :
					 errhint("Use WITH (nulls = store)."),
					 errtable(build->heap)));
	}
}

/* Progress: the scan's counters are done with, the writer's begin. */
static void
report_scanned(SmolBuild *build)
{
	const int	params[] = {
		PROGRESS_CREATEIDX_TUPLES_TOTAL,
		PROGRESS_SCAN_BLOCKS_TOTAL,
		PROGRESS_SCAN_BLOCKS_DONE
	};
	const int64 values[] = {(int64) build->found.rows, 0, 0};

	pgstat_progress_update_multi_param(lengthof(params), params, values);
}

static void
leaves_done(void)
{
	pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, SMOL_PHASE_INNER);
}

/*
 * Write a row of any values.  Returns whether there is something in the context
 * for the row now.
 */
static bool
write_slowly(SmolBuild *build, SmolWriter *writer, IndexTuple itup, bool widened,
			 MemoryContext row_context)
{
	SmolMetaPageData *meta = &build->meta;
	TupleDesc	desc = RelationGetDescr(build->index);
	Datum		datums[INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS];
	SmolValue	values[INDEX_MAX_KEYS];
	MemoryContext old = MemoryContextSwitchTo(row_context);
	bool		toasted = false;

	index_deform_tuple(itup, desc, datums, isnull);
	for (int i = 0; i < meta->ncolumns; i++)
	{
		if (isnull[i])
			continue;
		if (TupleDescCompactAttr(desc, i)->attlen == -1 &&
			VARATT_IS_EXTENDED(DatumGetPointer(datums[i])) &&
			!VARATT_IS_SHORT(DatumGetPointer(datums[i])))
		{
			datums[i] = PointerGetDatum(PG_DETOAST_DATUM(datums[i]));
			toasted = true;
		}
		smol_datum_to_value(&meta->columns[i], datums[i], &values[i]);
	}

	/* rows scanned before that, or by another process, may now be too wide */
	if (unlikely(widened))
		check_width(build, datums, isnull);
	MemoryContextSwitchTo(old);
	smol_write_row(writer, values, isnull, &itup->t_tid);
	return toasted;
}

/* Write the rows. */
static void
write_rows(SmolBuild *build, SmolRows *rows)
{
	SmolMetaPageData *meta = &build->meta;
	bool		widened = widen_columns(build);
	SmolWriter *writer = smol_begin_write(build->index, meta);
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext,
													  "smol build row",
													  ALLOCSET_DEFAULT_SIZES);
	IndexTuple	itup;
	int64		done = 0;

	while ((itup = smol_next_row(rows)) != NULL)
	{
		SmolValue	values[INDEX_MAX_KEYS];
		bool		toasted = false;

		if (likely(!widened && smol_get_values(build, itup, values)))
			smol_write_row(writer, values, NULL, &itup->t_tid);
		else
			toasted = write_slowly(build, writer, itup, widened, row_context);
		if (toasted)
			MemoryContextReset(row_context);

		if ((++done & 0xfff) == 0)
		{
			CHECK_FOR_INTERRUPTS();
			pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, done);
		}
	}
	pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, done);

	smol_end_write(writer, build->footprint, &meta->segments[0], leaves_done);
	INJECTION_POINT("smol-build-before-meta", NULL);
	smol_write_meta(writer, meta);
	INJECTION_POINT("smol-build-after-meta", NULL);
	MemoryContextDelete(row_context);
}

/*
 * Say when the index will be used, if it can't be at once.
 */
static void
report_visibility(Relation heap, Relation index, BlockNumber nblocks)
{
	BlockNumber waiting = smol_count_waiting(heap, index);

	if (waiting == 0)
		return;

	/* with few such pages each scan looks at them, and uses the index */
	ereport(NOTICE,
			(waiting > (BlockNumber) smol_max_heap_checks ?
			 errmsg("index \"%s\" will be used after a VACUUM of table \"%s\"",
					RelationGetRelationName(index), RelationGetRelationName(heap)) :
			 errmsg("index \"%s\" will be faster after a VACUUM of table \"%s\"",
					RelationGetRelationName(index), RelationGetRelationName(heap)),
			 errdetail("%u of %u pages of the table are not marked all-visible.",
					   waiting, nblocks),
			 errhint("VACUUM %s.",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(heap)),
												RelationGetRelationName(heap)))));
}

IndexBuildResult *
smol_build(Relation heap, Relation index, IndexInfo *info)
{
	IndexBuildResult *result = palloc0(sizeof(IndexBuildResult));
	SmolBuild	build = {0};
	SmolSegment *segment = &build.meta.segments[0];
	SmolRows   *rows;
	int			nworkers = 0;

	check_table(heap, index, info);
	check_not_in_use(heap, index);
	if (RelationGetNumberOfBlocks(index) != 0)
		elog(ERROR, "index \"%s\" already contains data",
			 RelationGetRelationName(index));

	build.heap = heap;
	build.index = index;
	build.heap_blocks = RelationGetNumberOfBlocks(heap);
	start_meta(index, &build.meta);

	pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, SMOL_PHASE_SCAN);
	if (info->ii_ParallelWorkers > 0)
		build.parallel = smol_begin_parallel_build(&build, info->ii_ParallelWorkers);
	if (build.parallel)
		smol_gather_parallel_build(&build);
	else
	{
		build.footprint = smol_begin_footprint();
		smol_begin_sort(&build, maintenance_work_mem);
		smol_scan_heap(&build, info, NULL, true);
	}
	info->ii_BrokenHotChain |= build.found.broken_hot_chain;
	INJECTION_POINT("smol-build-after-scan", NULL);
	reject_nulls(&build);

	segment->heap_start = 0;
	segment->heap_end = RelationGetNumberOfBlocks(heap);

	report_scanned(&build);
	if (!build.parallel)
	{
		pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, SMOL_PHASE_SORT);
		tuplesort_performsort(build.sort);
	}
	INJECTION_POINT("smol-build-after-sort", NULL);

	pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, SMOL_PHASE_LEAVES);
	rows = build.parallel ? smol_merge_parallel_build(&build) :
		smol_begin_rows(&build, 0, NULL);
	write_rows(&build, rows);
	tuplesort_end(build.sort);
	if (build.parallel)
		nworkers = smol_end_parallel_build(build.parallel);

	/* what was cached of an earlier file under this entry is void */
	if (index->rd_amcache)
		pfree(index->rd_amcache);
	index->rd_amcache = NULL;

	smol_debug("smol: built index \"%s\": %.0f rows, %u leaves, height %u, %d workers",
			   RelationGetRelationName(index), build.found.rows,
			   segment->nleaves, segment->height, nworkers);
	report_visibility(heap, index, segment->heap_end);

	result->heap_tuples = build.found.heap_rows;
	result->index_tuples = build.found.rows;
	return result;
}

/*
 * The init fork of an unlogged index: an index of no rows, which is what it
 * is after a crash has emptied the table.
 */
void
smol_buildempty(Relation index)
{
	SmolMetaPageData meta;
	SmolSegment *segment = &meta.segments[0];
	BulkWriteState *bulk;
	BulkWriteBuffer buf;

	start_meta(index, &meta);
	segment->first_leaf = InvalidBlockNumber;
	segment->root = InvalidBlockNumber;
	segment->footprint = InvalidBlockNumber;
	segment->last_block = InvalidBlockNumber;
	ItemPointerSetInvalid(&segment->witness);

	INJECTION_POINT("smol-empty-before-meta", NULL);
	bulk = smgr_bulk_start_rel(index, INIT_FORKNUM);
	buf = smgr_bulk_get_buf(bulk);
	smol_init_meta((Page) buf, &meta);
	smgr_bulk_write(bulk, SMOL_META_BLKNO, buf, true);
	smgr_bulk_finish(bulk);
	INJECTION_POINT("smol-empty-after-meta", NULL);
}

char *
smol_build_phase_name(int64 phase)
{
	switch (phase)
	{
		case PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE:
			return "initializing";
		case SMOL_PHASE_SCAN:
			return "scanning table";
		case SMOL_PHASE_SORT:
			return "sorting rows";
		case SMOL_PHASE_LEAVES:
			return "writing leaf pages";
		case SMOL_PHASE_INNER:
			return "writing footprint and inner pages";
		default:
			return NULL;
	}
}
