/*-------------------------------------------------------------------------
 *
 * fallback.c
 *	  Rows from the heap, where the index can't be trusted.
 *
 * The heap is scanned as CREATE INDEX scans it, but under the query's own
 * snapshot; the rows are sorted as the index would have them, and put in a run
 * that can be stepped through in both directions and searched.  It is slow,
 * and it is right.
 *
 * The first rescan keeps only rows that match its keys.  From the second on
 * (the inner side of a nested loop) all rows are kept and each rescan searches
 * them: the heap is scanned twice, not once a rescan.
 *
 * A run is a temporary file; every GROUP rows its position is remembered.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/fallback.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "am/smolam.h"
#include "catalog/index.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"

#define GROUP	32

typedef struct RunPosition
{
	int			file;
	off_t		offset;
} RunPosition;

struct SmolFallback
{
	IndexScanDesc scan;
	const SmolMetaPageData *meta;
	SmolScanKeys *keys;
	MemoryContext context;		/* of the scan */
	MemoryContext run_context;	/* of the run */
	MemoryContext group_context;	/* of the group in memory */
	MemoryContext row_context;	/* of one row's values */
	TupleDesc	sort_desc;		/* the index's columns, and the TID */
	TupleTableSlot *slot;		/* of sort_desc, virtual */
	Tuplesortstate *sort;

	/* the run */
	int			rescans;
	bool		have_run;
	bool		filtered;		/* it has the rows of one rescan only */
	BufFile    *file;
	int64		nrows;
	RunPosition *positions;		/* of each GROUP'th row */
	int64		npositions;

	/* the group in memory */
	int64		group;			/* -1: none */
	int			group_rows;
	ItemPointerData tids[GROUP];
	MinimalTuple tuples[GROUP];

	/* the range of this rescan, and where in it we are */
	int64		lo;
	int64		hi;
	int64		at;
	bool		positioned;
	int64		mark;
	bool		mark_positioned;

	HeapTupleData tuple;		/* returned */
};

SmolFallback *
smol_begin_fallback(IndexScanDesc scan, const SmolMetaPageData *meta)
{
	SmolFallback *fb = palloc0(sizeof(SmolFallback));
	TupleDesc	desc = RelationGetDescr(scan->indexRelation);

	fb->scan = scan;
	fb->meta = meta;
	fb->context = CurrentMemoryContext;
	fb->run_context = AllocSetContextCreate(CurrentMemoryContext, "smol fallback run",
											ALLOCSET_DEFAULT_SIZES);
	fb->group_context = AllocSetContextCreate(CurrentMemoryContext, "smol fallback group",
											  ALLOCSET_DEFAULT_SIZES);
	fb->row_context = AllocSetContextCreate(CurrentMemoryContext, "smol fallback row",
											ALLOCSET_DEFAULT_SIZES);
	fb->group = -1;

	fb->sort_desc = CreateTemplateTupleDesc(desc->natts + 1);
	for (int i = 0; i < desc->natts; i++)
		TupleDescCopyEntry(fb->sort_desc, i + 1, desc, i + 1);
	TupleDescInitEntry(fb->sort_desc, desc->natts + 1, "tid", INT8OID, -1, 0);
	fb->slot = MakeSingleTupleTableSlot(fb->sort_desc, &TTSOpsMinimalTuple);
	return fb;
}

static void
drop_run(SmolFallback *fb)
{
	if (fb->file)
		BufFileClose(fb->file);
	fb->file = NULL;
	fb->have_run = false;
	fb->nrows = 0;
	fb->positions = NULL;
	fb->npositions = 0;
	fb->group = -1;
	MemoryContextReset(fb->run_context);
	MemoryContextReset(fb->group_context);
}

void
smol_end_fallback(SmolFallback *fb)
{
	if (fb->sort)
		tuplesort_end(fb->sort);
	drop_run(fb);
	ExecDropSingleTupleTableSlot(fb->slot);
	MemoryContextDelete(fb->run_context);
	MemoryContextDelete(fb->group_context);
	MemoryContextDelete(fb->row_context);
	pfree(fb);
}

/*
 * Key columns of a row as images; what is detoasted goes to row_context, which
 * the caller resets.
 */
static void
row_values(SmolFallback *fb, const Datum *datums, const bool *isnull,
		   SmolValue *values)
{
	MemoryContext old = MemoryContextSwitchTo(fb->row_context);

	for (int i = 0; i < fb->meta->nkeys; i++)
	{
		Datum		datum = datums[i];

		memset(&values[i], 0, sizeof(SmolValue));
		if (isnull[i])
			continue;
		if (fb->meta->columns[i].image == SMOL_IMAGE_VARLENA)
			datum = PointerGetDatum(PG_DETOAST_DATUM_PACKED(datum));
		smol_datum_to_value(&fb->meta->columns[i], datum, &values[i]);
	}
	MemoryContextSwitchTo(old);
}

/* Where does a row stand to a bound: false if before it. */
static bool
row_reaches(SmolFallback *fb, const SmolSearchKey *search,
			const SmolValue *values, const bool *isnull)
{
	int			c = smol_compare_row(search, fb->meta, values, isnull);

	return search->bound == SMOL_BOUND_LOWER ? c >= 0 : c > 0;
}

static bool
row_passes(SmolFallback *fb, const SmolValue *values, const bool *isnull)
{
	for (int i = 0; i < fb->keys->nfilters; i++)
	{
		const SmolFilter *filter = &fb->keys->filters[i];
		int			c = filter->column;

		if (!smol_pass_filter(filter, isnull[c], values[c].word, values[c].slice))
			return false;
	}
	return true;
}

/* Called for each heap row that the snapshot sees. */
static void
add_row(Relation index, ItemPointer tid, Datum *datums, bool *isnull,
		bool tupleIsAlive, void *arg)
{
	SmolFallback *fb = arg;
	int			natts = fb->meta->ncolumns;

	if (fb->filtered)
	{
		SmolValue	values[INDEX_MAX_KEYS];
		bool		match;

		row_values(fb, datums, isnull, values);
		match = (!fb->keys->has_lower ||
				 row_reaches(fb, &fb->keys->lower, values, isnull)) &&
			(!fb->keys->has_upper ||
			 !row_reaches(fb, &fb->keys->upper, values, isnull)) &&
			row_passes(fb, values, isnull);
		MemoryContextReset(fb->row_context);
		if (!match)
			return;
	}

	ExecClearTuple(fb->slot);
	memcpy(fb->slot->tts_values, datums, sizeof(Datum) * natts);
	memcpy(fb->slot->tts_isnull, isnull, sizeof(bool) * natts);
	fb->slot->tts_values[natts] =
		Int64GetDatum(((int64) ItemPointerGetBlockNumber(tid) << 16) |
					  ItemPointerGetOffsetNumber(tid));
	fb->slot->tts_isnull[natts] = false;
	ExecStoreVirtualTuple(fb->slot);
	tuplesort_puttupleslot(fb->sort, fb->slot);
}

/*
 * Scan the heap under a snapshot that is not an MVCC one (a logical
 * replication worker's SnapshotDirty), which table_index_build_range_scan
 * does not take.
 */
static void
scan_dirty(SmolFallback *fb, IndexInfo *info)
{
	Relation	heap = fb->scan->heapRelation;
	EState	   *estate = CreateExecutorState();
	ExprContext *econtext = GetPerTupleExprContext(estate);
	TupleTableSlot *slot = table_slot_create(heap, NULL);
	ExprState  *predicate = ExecPrepareQual(info->ii_Predicate, estate);
	TableScanDesc scan;
	HeapTuple	tuple;
	BlockNumber root_block = InvalidBlockNumber;
	OffsetNumber roots[MaxHeapTuplesPerPage] = {0};

	econtext->ecxt_scantuple = slot;
	scan = table_beginscan_strat(heap, fb->scan->xs_snapshot, 0, NULL, true, true);
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		HeapScanDesc hscan = (HeapScanDesc) scan;
		Datum		values[INDEX_MAX_KEYS];
		bool		isnull[INDEX_MAX_KEYS];
		ItemPointerData tid = tuple->t_self;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		ExecStoreBufferHeapTuple(tuple, slot, hscan->rs_cbuf);
		if (predicate && !ExecQual(predicate, econtext))
			continue;
		if (HeapTupleIsHeapOnly(tuple))
		{
			OffsetNumber off = ItemPointerGetOffsetNumber(&tid);

			/* chains may have grown since the page was first seen */
			if (hscan->rs_cblock != root_block ||
				!OffsetNumberIsValid(roots[off - 1]))
			{
				LockBuffer(hscan->rs_cbuf, BUFFER_LOCK_SHARE);
				heap_get_root_tuples(BufferGetPage(hscan->rs_cbuf), roots);
				LockBuffer(hscan->rs_cbuf, BUFFER_LOCK_UNLOCK);
				root_block = hscan->rs_cblock;
			}
			if (!OffsetNumberIsValid(roots[off - 1]))
				ereport(ERROR,
						(errcode(ERRCODE_DATA_CORRUPTED),
						 errmsg_internal("failed to find parent tuple for heap-only tuple at (%u,%u) in table \"%s\"",
										 hscan->rs_cblock, off,
										 RelationGetRelationName(heap))));
			ItemPointerSetOffsetNumber(&tid, roots[off - 1]);
		}
		FormIndexDatum(info, slot, estate, values, isnull);
		add_row(fb->scan->indexRelation, &tid, values, isnull, true, fb);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	FreeExecutorState(estate);
}

/* Feed the sort from the heap. */
static void
scan_heap(SmolFallback *fb)
{
	Relation	heap = fb->scan->heapRelation;
	Relation	index = fb->scan->indexRelation;
	IndexInfo  *info = BuildIndexInfo(index);
	bool		user_code = info->ii_Expressions != NIL || info->ii_Predicate != NIL;
	Oid			save_userid;
	int			save_sec_context;
	int			save_nestlevel = 0;

	/*
	 * Index expressions and predicates are the table owner's code: run them
	 * as the owner, as CREATE INDEX does.
	 */
	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	if (user_code)
	{
		SetUserIdAndSecContext(heap->rd_rel->relowner,
							   save_sec_context | SECURITY_RESTRICTED_OPERATION);
		save_nestlevel = NewGUCNestLevel();
		RestrictSearchPath();
	}

	/*
	 * With ii_Concurrent the scan runs under our snapshot, sees what it sees,
	 * and gives the root TIDs of HOT chains.
	 */
	info->ii_Concurrent = true;
	if (fb->scan->xs_snapshot->snapshot_type == SNAPSHOT_MVCC)
		table_index_build_range_scan(heap, index, info, true, false, false,
									 0, InvalidBlockNumber, add_row, fb,
									 table_beginscan_strat(heap, fb->scan->xs_snapshot,
														   0, NULL, true, true));
	else if (fb->scan->xs_snapshot->snapshot_type == SNAPSHOT_DIRTY ||
			 fb->scan->xs_snapshot->snapshot_type == SNAPSHOT_SELF ||
			 fb->scan->xs_snapshot->snapshot_type == SNAPSHOT_ANY)
		scan_dirty(fb, info);
	else
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("index \"%s\" cannot be scanned with a snapshot of type %d",
						RelationGetRelationName(index),
						fb->scan->xs_snapshot->snapshot_type)));

	if (user_code)
	{
		AtEOXact_GUC(false, save_nestlevel);
		SetUserIdAndSecContext(save_userid, save_sec_context);
	}
}

/*
 * Make the run: scan, sort, write.
 */
static void
make_run(SmolFallback *fb, bool filtered)
{
	Relation	index = fb->scan->indexRelation;
	int			nkeys = fb->meta->nkeys;
	AttrNumber	attnums[INDEX_MAX_KEYS];
	Oid			operators[INDEX_MAX_KEYS];
	bool		nulls_first[INDEX_MAX_KEYS];
	MemoryContext old;
	int64		capacity = 64;

	drop_run(fb);
	fb->filtered = filtered;
	old = MemoryContextSwitchTo(fb->run_context);

	for (int i = 0; i < nkeys; i++)
	{
		bool		descending = (index->rd_indoption[i] & INDOPTION_DESC) != 0;

		attnums[i] = i + 1;
		operators[i] = get_opfamily_member(index->rd_opfamily[i],
										   index->rd_opcintype[i],
										   index->rd_opcintype[i],
										   descending ? BTGreaterStrategyNumber :
										   BTLessStrategyNumber);
		if (!OidIsValid(operators[i]))
			elog(ERROR, "missing ordering operator in opfamily %u",
				 index->rd_opfamily[i]);
		nulls_first[i] = (index->rd_indoption[i] & INDOPTION_NULLS_FIRST) != 0;
	}
	fb->sort = tuplesort_begin_heap(fb->sort_desc, nkeys, attnums, operators,
									index->rd_indcollation, nulls_first,
									work_mem, NULL, TUPLESORT_NONE);
	scan_heap(fb);
	tuplesort_performsort(fb->sort);

	fb->file = BufFileCreateTemp(false);
	fb->positions = palloc(sizeof(RunPosition) * capacity);
	while (tuplesort_gettupleslot(fb->sort, true, false, fb->slot, NULL))
	{
		bool		isnull;
		int64		tid = DatumGetInt64(slot_getattr(fb->slot, fb->meta->ncolumns + 1,
													 &isnull));
		ItemPointerData root;
		bool		free_tuple;
		MinimalTuple tuple = ExecFetchSlotMinimalTuple(fb->slot, &free_tuple);

		CHECK_FOR_INTERRUPTS();
		if (fb->nrows % GROUP == 0)
		{
			if (fb->npositions == capacity)
			{
				capacity *= 2;
				fb->positions = repalloc_huge(fb->positions,
											  sizeof(RunPosition) * capacity);
			}
			BufFileTell(fb->file, &fb->positions[fb->npositions].file,
						&fb->positions[fb->npositions].offset);
			fb->npositions++;
		}
		ItemPointerSet(&root, (BlockNumber) (tid >> 16), (OffsetNumber) (tid & 0xffff));
		BufFileWrite(fb->file, &root, sizeof(root));
		BufFileWrite(fb->file, tuple, tuple->t_len);
		if (free_tuple)
			pfree(tuple);
		fb->nrows++;
	}
	ExecClearTuple(fb->slot);
	tuplesort_end(fb->sort);
	fb->sort = NULL;
	fb->have_run = true;
	MemoryContextSwitchTo(old);
}

/* Have the group of a row in memory. */
static void
load_group(SmolFallback *fb, int64 row)
{
	int64		group = row / GROUP;
	MemoryContext old;

	if (fb->group == group)
		return;
	MemoryContextReset(fb->group_context);
	old = MemoryContextSwitchTo(fb->group_context);
	fb->group = -1;
	fb->group_rows = (int) Min(GROUP, fb->nrows - group * GROUP);
	if (BufFileSeek(fb->file, fb->positions[group].file,
					fb->positions[group].offset, SEEK_SET) != 0)
		elog(ERROR, "could not seek in temporary file");
	for (int i = 0; i < fb->group_rows; i++)
	{
		uint32		len;

		BufFileReadExact(fb->file, &fb->tids[i], sizeof(ItemPointerData));
		BufFileReadExact(fb->file, &len, sizeof(len));
		fb->tuples[i] = palloc(len);
		fb->tuples[i]->t_len = len;
		BufFileReadExact(fb->file, (char *) fb->tuples[i] + sizeof(len),
						 len - sizeof(len));
	}
	fb->group = group;
	MemoryContextSwitchTo(old);
}

/* Point fb->tuple at a row of the run. */
static void
fetch_row(SmolFallback *fb, int64 row)
{
	MinimalTuple tuple;

	load_group(fb, row);
	tuple = fb->tuples[row % GROUP];
	fb->tuple.t_len = tuple->t_len + MINIMAL_TUPLE_OFFSET;
	fb->tuple.t_data = (HeapTupleHeader) ((char *) tuple - MINIMAL_TUPLE_OFFSET);
	fb->tuple.t_self = fb->tids[row % GROUP];
	fb->tuple.t_tableOid = RelationGetRelid(fb->scan->heapRelation);
}

/* A row's key columns, to compare. */
static void
fetch_values(SmolFallback *fb, int64 row, SmolValue *values, bool *isnull)
{
	Datum		datums[INDEX_MAX_KEYS];

	fetch_row(fb, row);
	heap_deform_tuple(&fb->tuple, RelationGetDescr(fb->scan->indexRelation),
					  datums, isnull);
	row_values(fb, datums, isnull, values);
}

/* First row of the run that reaches a bound. */
static int64
search_run(SmolFallback *fb, const SmolSearchKey *search)
{
	int64		lo = 0;
	int64		hi = fb->nrows;

	while (lo < hi)
	{
		int64		mid = lo + (hi - lo) / 2;
		SmolValue	values[INDEX_MAX_KEYS];
		bool		isnull[INDEX_MAX_KEYS];

		fetch_values(fb, mid, values, isnull);
		if (row_reaches(fb, search, values, isnull))
			hi = mid;
		else
			lo = mid + 1;
		MemoryContextReset(fb->row_context);
	}
	return lo;
}

/*
 * Start a rescan with new keys.
 */
void
smol_rescan_fallback(SmolFallback *fb, SmolScanKeys *keys)
{
	fb->keys = keys;
	fb->positioned = fb->mark_positioned = false;
	fb->lo = fb->hi = 0;
	if (keys->impossible)
		return;

	fb->rescans++;
	if (!fb->have_run || fb->filtered)
		make_run(fb, keys->nkeys > 0 && fb->rescans == 1);

	fb->hi = fb->nrows;
	if (fb->filtered)
		return;
	if (keys->has_lower)
		fb->lo = search_run(fb, &keys->lower);
	if (keys->has_upper)
		fb->hi = search_run(fb, &keys->upper);
}

/* Does the fallback have all rows, so that further rescans just search? */
bool
smol_fallback_is_complete(const SmolFallback *fb)
{
	return fb->have_run && !fb->filtered;
}

/*
 * The next row in a direction; the same rules as step() in scan.c.
 */
bool
smol_fallback_next(SmolFallback *fb, ScanDirection dir)
{
	int			stride = ScanDirectionIsForward(dir) ? 1 : -1;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (fb->positioned)
			fb->at += stride;
		else
			fb->at = stride > 0 ? fb->lo : fb->hi - 1;
		fb->positioned = fb->at >= fb->lo && fb->at < fb->hi;
		if (!fb->positioned)
			return false;

		if (!fb->filtered && fb->keys->nfilters > 0)
		{
			SmolValue	values[INDEX_MAX_KEYS];
			bool		isnull[INDEX_MAX_KEYS];
			bool		pass;

			fetch_values(fb, fb->at, values, isnull);
			pass = row_passes(fb, values, isnull);
			MemoryContextReset(fb->row_context);
			if (!pass)
				continue;
		}
		fetch_row(fb, fb->at);
		fb->scan->xs_heaptid = fb->tuple.t_self;
		if (fb->scan->xs_want_itup)
		{
			fb->scan->xs_hitup = &fb->tuple;
			fb->scan->xs_hitupdesc = RelationGetDescr(fb->scan->indexRelation);
		}
		return true;
	}
}

void
smol_fallback_mark(SmolFallback *fb)
{
	fb->mark = fb->at;
	fb->mark_positioned = fb->positioned;
}

void
smol_fallback_restore(SmolFallback *fb)
{
	fb->at = fb->mark;
	fb->positioned = fb->mark_positioned;
}
