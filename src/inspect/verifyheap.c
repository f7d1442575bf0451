/*-------------------------------------------------------------------------
 *
 * verifyheap.c
 *	  Does an index hold the rows that its table holds?
 *
 * The rows of both, as a snapshot sees them, are taken as multisets: each row
 * is hashed, byte for byte as the index keeps it, and the hashes are added up.
 * So neither side is sorted or kept, and memory does not depend on how many
 * rows there are.  Sums that are the same say that the multisets are, but for
 * a chance of about one in 2^64 for 128 bits that an adversary can't aim at,
 * the seed being random.  The price is that nobody can say which row is wrong.
 *
 * The same is done with the line pointers that the footprint has and those at
 * which the snapshot finds rows.
 *
 * A snapshot for which the index is not current finds other rows in the table
 * as a matter of course: then nothing is compared, and a notice says so.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/inspect/verifyheap.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/tableam.h"
#include "catalog/index.h"
#include "common/hashfn.h"
#include "common/pg_prng.h"
#include "inspect/smolverify.h"
#include "miscadmin.h"
#include "tree/smolseal.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* A multiset. */
typedef struct Multiset
{
	uint64		count;
	uint64		sums[2];
} Multiset;

typedef struct HeapCheck
{
	Verify	   *verify;
	uint64		seed;
	MemoryContext context;		/* of a row's values */
	Multiset	index_rows;
	Multiset	index_roots;
	Multiset	heap_rows;
	Multiset	heap_roots;
} HeapCheck;

static inline void
add_hash(Multiset *set, uint64 hash)
{
	set->count++;
	set->sums[0] += murmurhash64(hash);
	set->sums[1] += murmurhash64(hash ^ UINT64CONST(0x9E3779B97F4A7C15));
}

static inline bool
same_multiset(const Multiset *a, const Multiset *b)
{
	return a->count == b->count && a->sums[0] == b->sums[0] &&
		a->sums[1] == b->sums[1];
}

static inline uint64
hash_value(uint64 hash, const SmolColumnDesc *desc, bool isnull, SmolValue value)
{
	if (isnull)
		return murmurhash64(hash + 1);
	if (SmolImageIsWord(desc->image))
		return hash_bytes_extended((const unsigned char *) &value.word,
								   sizeof(value.word), hash);
	return hash_bytes_extended(value.slice.ptr, (int) value.slice.len, hash);
}

static void
add_root(HeapCheck *check, Multiset *set, BlockNumber block, OffsetNumber offset)
{
	add_hash(set, check->seed ^ murmurhash64(((uint64) block << 16) | offset));
}

/* ---- the index's side ---- */

static void
hash_leaves(HeapCheck *check)
{
	Verify	   *v = check->verify;
	const SmolSegment *segment = v->segment;

	for (uint32 leaf = 0; leaf < segment->nleaves; leaf++)
	{
		smol_verify_load(v, &v->page, segment->first_leaf + leaf, 0);
		for (uint32 first = 0; first < v->page.nrows; first += BATCH_ROWS)
		{
			uint32		n = Min(BATCH_ROWS, v->page.nrows - first);

			CHECK_FOR_INTERRUPTS();
			smol_verify_decode(v, &v->page, &v->leaf_rows, first, n);
			for (uint32 row = 0; row < n; row++)
			{
				uint64		hash = check->seed;

				for (int i = 0; i < v->meta.ncolumns; i++)
				{
					const ColumnRows *col = &v->leaf_rows.columns[i];

					hash = hash_value(hash, &v->meta.columns[i],
									  row_isnull(col, row), row_value(col, row));
				}
				add_hash(&check->index_rows, hash);
			}
		}
	}
}

static void
hash_footprint(HeapCheck *check)
{
	SmolFootprintScan *scan = &check->verify->footprint;

	smol_begin_footprint_scan(scan, check->verify->index, check->verify->segment, false);
	while (smol_next_footprint(scan))
	{
		const SmolFootprintEntry *entry = &scan->entry;

		for (uint32 i = 0; i < entry->nblocks; i++)
		{
			CHECK_FOR_INTERRUPTS();
			for (int run = 0; run < entry->nruns; run++)
				for (uint32 off = entry->runs[run].first; off <= entry->runs[run].last; off++)
					add_root(check, &check->index_roots, entry->start + i, (OffsetNumber) off);
		}
	}
	smol_end_footprint_scan(scan);
}

/* ---- the heap's side ---- */

/* Called for each heap row that the snapshot sees. */
static void
hash_row(Relation index, ItemPointer tid, Datum *datums, bool *isnull,
		 bool tupleIsAlive, void *arg)
{
	HeapCheck  *check = arg;
	const SmolMetaPageData *meta = &check->verify->meta;
	MemoryContext old = MemoryContextSwitchTo(check->context);
	uint64		hash = check->seed;

	for (int i = 0; i < meta->ncolumns; i++)
	{
		const SmolColumnDesc *desc = &meta->columns[i];
		Datum		datum = datums[i];
		SmolValue	value = {0};

		if (!isnull[i])
		{
			/* what the index can't hold, it doesn't */
			if (!smol_can_store(desc, datum))
				smol_complain(check->verify, InvalidBlockNumber,
							  "a value of column %d is not one that the index can hold", i + 1);
			if (desc->image == SMOL_IMAGE_VARLENA || desc->image == SMOL_IMAGE_DECIMAL)
				datum = PointerGetDatum(PG_DETOAST_DATUM_PACKED(datum));
			smol_datum_to_value(desc, datum, &value);
		}
		hash = hash_value(hash, desc, isnull[i], value);
	}
	add_hash(&check->heap_rows, hash);
	add_root(check, &check->heap_roots, ItemPointerGetBlockNumber(tid),
			 ItemPointerGetOffsetNumber(tid));
	MemoryContextSwitchTo(old);
	MemoryContextReset(check->context);
}

/*
 * As a query's own reading of the heap does (am/fallback.c): ii_Concurrent
 * makes the scan use our snapshot and give the roots of HOT chains.
 */
static void
hash_heap(HeapCheck *check, Snapshot snapshot)
{
	Verify	   *v = check->verify;
	IndexInfo  *info = BuildIndexInfo(v->index);

	info->ii_Concurrent = true;
	table_index_build_range_scan(v->heap, v->index, info, true, false, false,
								 0, InvalidBlockNumber, hash_row, check,
								 table_beginscan_strat(v->heap, snapshot, 0, NULL,
													   true, true));
}

/*
 * Compare rows and line pointers, the index being sound in itself.
 */
void
smol_verify_heap(Verify *v)
{
	HeapCheck  *check = palloc0(sizeof(HeapCheck));
	Snapshot	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	SmolVerdict verdict;

	smol_judge(v->heap, v->index, &v->meta, snapshot, &verdict);
	if (verdict.state != SMOL_SEAL_CURRENT)
	{
		UnregisterSnapshot(snapshot);
		ereport(NOTICE,
				(errmsg("index \"%s\" was not compared with table \"%s\"",
						RelationGetRelationName(v->index),
						RelationGetRelationName(v->heap)),
				 errdetail("Queries do not use the index now: %s.", verdict.reason),
				 errhint("%s.", smol_advice(v->heap, v->index, &verdict))));
		return;
	}

	elog(DEBUG1, "comparing index \"%s\" with its table", RelationGetRelationName(v->index));
	check->verify = v;
	check->seed = pg_prng_uint64(&pg_global_prng_state);
	check->context = AllocSetContextCreate(CurrentMemoryContext, "smol verify heap row",
										   ALLOCSET_DEFAULT_SIZES);
	if (v->segment->nrows > 0)
	{
		hash_leaves(check);
		hash_footprint(check);
	}
	hash_heap(check, snapshot);
	UnregisterSnapshot(snapshot);
	MemoryContextDelete(check->context);

	if (check->index_rows.count != check->heap_rows.count)
		smol_complain(v, InvalidBlockNumber, "the index has " UINT64_FORMAT " rows and the table " UINT64_FORMAT,
					  check->index_rows.count, check->heap_rows.count);
	if (!same_multiset(&check->index_rows, &check->heap_rows))
		smol_complain(v, InvalidBlockNumber, "the index has other values than the table");
	if (!same_multiset(&check->index_roots, &check->heap_roots))
		smol_complain(v, InvalidBlockNumber, "the index is of rows at other places than the table's");
	pfree(check);
}
