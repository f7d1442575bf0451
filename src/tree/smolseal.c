/*-------------------------------------------------------------------------
 *
 * smolseal.c
 *	  May this index be trusted, for this snapshot, now?
 *
 * A smol index has no TIDs beside its rows, so nobody can check a row's
 * visibility one by one.  The index must prove that its content equals the set
 * of rows that the snapshot sees, before it returns the first.  src/README
 * gives the proof; this file is the only place that carries it out.
 *
 * The order of the two halves matters: sweep the visibility map first, read
 * the STALE flag second.  VACUUM sets a page's bit again only after it has
 * told every index about the page's dead rows, and a smol index that is told
 * of one sets STALE.  Reading in the other order would miss a VACUUM that
 * comes in between.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/smolseal.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/generic_xlog.h"
#include "access/heapam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/bufmgr.h"
#include "tree/footprint.h"
#include "tree/smolseal.h"
#include "tree/smoltree.h"
#include "tree/vismap.h"
#include "utils/inval.h"
#include "utils/builtins.h"
#include "utils/injection_point.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

/* At plan time, sweep the map of heaps up to this size (32 kB of map). */
#define PLAN_SWEEP_BLOCKS	131072

/* At plan time, look at so many pages whose bit is clear. */
#define PLAN_LOOKS			64

/* What a verdict costs beside the sweep, in heap blocks that are swept. */
#define BLOCKS_PER_VERDICT	32768

/* How far to look for a witness on an all-visible page. */
#define WITNESS_ENTRIES		256

/*
 * Does the snapshot see the builder as finished?  Then all rows that appeared
 * since the build were announced by aminsert, and only deletes can have made
 * the content wrong.
 */
static bool
is_settled(const SmolMetaPageData *meta, Snapshot snapshot)
{
	TransactionId xid = XidFromFullTransactionId(meta->builder);
	FullTransactionId next;

	/*
	 * The builder's is no later than the next transaction id, which is less
	 * than 2^31 ahead of xmin.  So if it precedes xmin in 32 bits, it does in
	 * 64: what may be wrong is the number of times 2^32 that it is older.
	 * (Asking for the next id takes a lock that all backends share.)
	 */
	if (TransactionIdPrecedes(xid, snapshot->xmin))
		return true;

	/* it may be older all the same */
	next = ReadNextFullTransactionId();
	if (FullTransactionIdPrecedes(meta->builder,
								  FullTransactionIdFromAllowableAt(next, snapshot->xmin)))
		return true;
	if (!FullTransactionIdPrecedes(meta->builder,
								   FullTransactionIdFromAllowableAt(next, snapshot->xmax)))
		return false;

	/* GetSnapshotData leaves our own transaction out of xip */
	return !TransactionIdIsCurrentTransactionId(xid) &&
		!XidInMVCCSnapshot(xid, snapshot);
}

/*
 * The page's bit is clear: is its part of the content right all the same?
 * 'entry' says what is indexed on it (NULL: nothing).
 *
 * Settled: right if every indexed root leads to a visible row.  The rows of a
 * HOT chain that a settled snapshot can see have the indexed values.
 *
 * Unsettled: a HOT chain may be older than the index and hold a visible row
 * with another key, and rows may be visible that the index never had.  So
 * every root must be visible itself and end its chain, and nothing else on the
 * page may be visible.
 */
static bool
page_is_right(Relation heap, BlockNumber block, const SmolFootprintEntry *entry,
			  Snapshot snapshot, bool settled)
{
	Buffer		buffer = ReadBuffer(heap, block);
	Page		page;
	OffsetNumber max;
	bool		right = true;
	int			run = 0;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	max = PageIsNew(page) ? 0 : PageGetMaxOffsetNumber(page);

	if (entry && entry->runs[entry->nruns - 1].last > max)
		right = false;

	if (settled)
	{
		for (; right && entry && run < entry->nruns; run++)
		{
			for (OffsetNumber off = entry->runs[run].first;
				 right && off <= entry->runs[run].last; off++)
			{
				ItemPointerData tid;
				HeapTupleData tuple;

				ItemPointerSet(&tid, block, off);
				right = heap_hot_search_buffer(&tid, heap, buffer, snapshot,
											   &tuple, NULL, true);
			}
		}
	}
	else
	{
		for (OffsetNumber off = FirstOffsetNumber; right && off <= max; off++)
		{
			ItemId		lp = PageGetItemId(page, off);
			bool		indexed;
			bool		visible = false;
			HeapTupleData tuple;

			while (entry && run < entry->nruns && entry->runs[run].last < off)
				run++;
			indexed = entry && run < entry->nruns && entry->runs[run].first <= off;

			if (ItemIdIsNormal(lp))
			{
				tuple.t_data = (HeapTupleHeader) PageGetItem(page, lp);
				tuple.t_len = ItemIdGetLength(lp);
				tuple.t_tableOid = RelationGetRelid(heap);
				ItemPointerSet(&tuple.t_self, block, off);
				visible = HeapTupleSatisfiesVisibility(&tuple, snapshot, buffer);
			}
			if (indexed)
				right = visible && !HeapTupleIsHotUpdated(&tuple) &&
					!HeapTupleIsHeapOnly(&tuple);
			else
				right = !visible;
		}
	}
	UnlockReleaseBuffer(buffer);
	return right;
}

/*
 * A root TID to return with every row.  All roots on the blocks are visible by
 * now, and 'root' is one of them.  One on an all-visible page spares the
 * executor a heap fetch a row, so look for one if the one at hand is not.  That
 * need not be asked if the sweep met no clear bit that it had to look at.
 */
static void
choose_witness(Relation heap, Relation index, const SmolSegment *segment,
			   SmolBlockRange blocks, const ItemPointerData *root,
			   ItemPointer witness)
{
	Buffer		buffer = InvalidBuffer;
	SmolFootprintScan fp;

	*witness = *root;
	if (!smol_block_is_visible(heap, ItemPointerGetBlockNumber(witness), &buffer))
	{
		bool		found;

		smol_begin_footprint_scan(&fp, index, segment, true);
		found = smol_find_footprint(&fp, blocks.first) || fp.valid;
		for (int i = 0; found && i < WITNESS_ENTRIES && fp.entry.start <= blocks.last; i++)
		{
			BlockNumber block = Max(fp.entry.start, blocks.first);
			BlockNumber last = Min(fp.entry.start + fp.entry.nblocks - 1, blocks.last);

			if (last - block >= WITNESS_ENTRIES)
				last = block + WITNESS_ENTRIES - 1;
			while (block <= last && !smol_block_is_visible(heap, block, &buffer))
				block++;
			if (block <= last)
			{
				ItemPointerSet(witness, block, fp.entry.runs[0].first);
				break;
			}
			found = smol_next_footprint(&fp);
		}
		smol_end_footprint_scan(&fp);
	}
	if (BufferIsValid(buffer))
		ReleaseBuffer(buffer);
}

/*
 * Has the table become shorter than the index knows it?  Then VACUUM has told
 * the index of deleted rows; but there is no point in looking for their pages.
 */
static bool
is_cut(Relation heap, const SmolSegment *segment, SmolVerdict *verdict)
{
	if (segment->last_block == InvalidBlockNumber ||
		segment->last_block < RelationGetNumberOfBlocks(heap))
		return false;
	verdict->state = SMOL_SEAL_STALE;
	snprintf(verdict->reason, sizeof(verdict->reason),
			 "rows were deleted, the table has become shorter");
	return true;
}

/*
 * Sweep the visibility map over the blocks that matter, of a range.  Returns
 * true if the content is right as far as the heap tells.  Up to 'looks' pages
 * whose bit is clear are looked at, and what is not looked at is taken for
 * right; but more than 'limit' of them are too many.
 */
static bool
sweep_blocks(Relation heap, Relation index, const SmolSegment *segment,
			 SmolBlockRange blocks, Snapshot snapshot, bool settled,
			 uint32 looks, uint32 limit, SmolVerdict *verdict)
{
	SmolSweep	sweep;
	SmolFootprintScan fp;
	BlockNumber block;
	bool		right = true;
	bool		cut_checked = false;

	smol_begin_sweep(&sweep, heap, blocks.first, blocks.last + 1);
	smol_begin_footprint_scan(&fp, index, segment, true);
	while (right && (block = smol_next_clear(&sweep)) != InvalidBlockNumber)
	{
		bool		indexed = smol_find_footprint(&fp, block);

		verdict->any_clear = true;
		if (!indexed && settled)
			continue;

		CHECK_FOR_INTERRUPTS();
		if (!cut_checked && is_cut(heap, segment, verdict))
		{
			right = false;
			break;
		}
		cut_checked = true;
		if (verdict->pages_checked >= limit)
		{
			verdict->state = SMOL_SEAL_WAITING;
			if (limit == 0)
				snprintf(verdict->reason, sizeof(verdict->reason),
						 "heap page %u is not all-visible", block);
			else
				snprintf(verdict->reason, sizeof(verdict->reason),
						 "more than %u heap pages are not all-visible", limit);
			right = false;
			break;
		}
		if (verdict->pages_checked++ >= looks)
			continue;
		if (!page_is_right(heap, block, indexed ? &fp.entry : NULL, snapshot, settled))
		{
			verdict->state = settled ? SMOL_SEAL_STALE : SMOL_SEAL_WAITING;
			snprintf(verdict->reason, sizeof(verdict->reason),
					 settled ? "rows on heap page %u were deleted" :
					 "the snapshot may see heap page %u otherwise than the index",
					 block);
			right = false;
		}
	}
	if (right && fp.damaged)
	{
		verdict->state = SMOL_SEAL_STALE;
		snprintf(verdict->reason, sizeof(verdict->reason),
				 "the index is damaged");
		right = false;
	}
	smol_end_footprint_scan(&fp);
	smol_end_sweep(&sweep);
	return right;
}

/* The blocks that matter, all of them; false if there are none. */
static bool
all_blocks(Relation heap, const SmolSegment *segment, bool settled,
		   SmolBlockRange *blocks)
{
	BlockNumber end;

	if (settled)
		end = segment->last_block == InvalidBlockNumber ? 0 : segment->last_block + 1;
	else
		end = Min(segment->heap_end, RelationGetNumberOfBlocks(heap));
	if (end <= segment->heap_start)
		return false;
	blocks->first = segment->heap_start;
	blocks->last = end - 1;
	return true;
}

/*
 * In a serializable transaction a look at rows that we don't return would have
 * to be tracked like a read of them: let the fallback do that.
 */
static uint32
looks_allowed(void)
{
	return IsolationIsSerializable() ? 0 : smol_max_heap_checks;
}

static bool
sweep_heap(Relation heap, Relation index, const SmolSegment *segment,
		   Snapshot snapshot, bool settled, uint32 looks, uint32 limit,
		   SmolVerdict *verdict)
{
	SmolBlockRange blocks;

	return (settled || !is_cut(heap, segment, verdict)) &&
		(!all_blocks(heap, segment, settled, &blocks) ||
		 sweep_blocks(heap, index, segment, blocks, snapshot, settled, looks,
					  limit, verdict));
}

static bool
find_stale(Relation index, SmolVerdict *verdict)
{
	if (!smol_is_stale(index))
		return false;
	verdict->state = SMOL_SEAL_STALE;
	snprintf(verdict->reason, sizeof(verdict->reason), "the index is stale");
	return true;
}

static void
log_current(Relation index, const SmolVerdict *verdict)
{
	smol_debug("smol: index \"%s\" is current, %u heap pages checked",
			   RelationGetRelationName(index), verdict->pages_checked);
}

/*
 * The verdict on a whole index for an MVCC snapshot.  A verdict of CURRENT
 * holds for as long as the snapshot lives.
 */
void
smol_judge(Relation heap, Relation index, const SmolMetaPageData *meta,
		   Snapshot snapshot, SmolVerdict *verdict)
{
	const SmolSegment *segment = &meta->segments[0];
	SmolBlockRange blocks = {segment->heap_start, segment->last_block};

	Assert(snapshot->snapshot_type == SNAPSHOT_MVCC);
	memset(verdict, 0, sizeof(*verdict));
	ItemPointerSetInvalid(&verdict->witness);

	INJECTION_POINT("smol-seal-before-sweep", NULL);
	if (!sweep_heap(heap, index, segment, snapshot, is_settled(meta, snapshot),
					PG_UINT32_MAX, looks_allowed(), verdict))
	{
		/* that would be the better reason */
		(void) find_stale(index, verdict);
		return;
	}
	INJECTION_POINT("smol-seal-after-sweep", NULL);

	/* the second half, never from a cache: see above */
	if (find_stale(index, verdict))
		return;

	verdict->state = SMOL_SEAL_CURRENT;
	log_current(index, verdict);
	if (segment->nrows > 0)
		choose_witness(heap, index, segment, blocks, &segment->witness,
					   &verdict->witness);
}

/* ---- verdicts on a part of an index ---- */

void
smol_init_proof(SmolProof *proof, Relation heap, SmolReader *reader,
				Snapshot snapshot)
{
	Assert(snapshot->snapshot_type == SNAPSHOT_MVCC);
	memset(proof, 0, offsetof(SmolProof, proven));
	proof->proven.nranges = proof->claims.nranges = 0;
	proof->heap = heap;
	proof->reader = reader;
	proof->snapshot = snapshot;
	proof->settled = is_settled(&reader->meta, snapshot);
	ItemPointerSetInvalid(&proof->claim_root);
	ItemPointerSetInvalid(&proof->witness);
}

/*
 * Does it matter to the next verdict which rows it is about?
 */
bool
smol_wants_claims(const SmolProof *proof)
{
	return proof->settled && !proof->everything;
}

/*
 * The next verdict is to be about the rows from lo up to but without hi, too.
 * Returns the number of heap blocks that it is about now.
 */
uint64
smol_claim_rows(SmolProof *proof, SmolPos lo, SmolPos hi)
{
	uint64		nblocks = 0;

	if (smol_pos_before(lo, hi))
	{
		SmolBlockRange blocks;
		ItemPointerData root;

		smol_rows_to_blocks(proof->reader, lo, hi, &blocks, &root);
		smol_add_blocks(&proof->claims, blocks, SMOL_BLOCKS_AT_LEAST);
		proof->claim_root = root;
	}
	for (int i = 0; i < proof->claims.nranges; i++)
		nblocks += (uint64) proof->claims.ranges[i].last -
			proof->claims.ranges[i].first + 1;
	return nblocks;
}

void
smol_drop_claims(SmolProof *proof)
{
	proof->claims.nranges = 0;
	ItemPointerSetInvalid(&proof->claim_root);
}

/*
 * Sweep the claims, but for what is proven; or everything, once that costs no
 * more than the verdicts that there have been.
 */
static bool
sweep_claims(SmolProof *proof, SmolVerdict *verdict)
{
	SmolReader *reader = proof->reader;
	Relation	index = reader->index;
	const SmolSegment *segment = reader->segment;
	SmolBlockRange all;
	SmolBlockRange part;

	if (!all_blocks(proof->heap, segment, true, &all))
		return true;

	proof->spent += BLOCKS_PER_VERDICT;
	if (proof->verdicts > 0 && !proof->tried_everything &&
		(uint64) all.last - all.first < proof->spent)
	{
		SmolVerdict scratch = {0};

		/* if that fails, the claims may be right all the same */
		proof->tried_everything = true;
		if (sweep_blocks(proof->heap, index, segment, all, proof->snapshot,
						 true, 0, 0, &scratch))
		{
			smol_drop_claims(proof);
			smol_add_blocks(&proof->claims, all, SMOL_BLOCKS_AT_LEAST);
			return true;
		}
	}

	for (int i = 0; i < proof->claims.nranges; i++)
	{
		SmolBlockRange rest = proof->claims.ranges[i];

		while (smol_next_missing(&proof->proven, &rest, &part))
		{
			proof->spent += (uint64) part.last - part.first + 1;
			if (!sweep_blocks(proof->heap, index, segment, part, proof->snapshot,
							  true, PG_UINT32_MAX, looks_allowed(), verdict))
				return false;
		}
	}
	return true;
}

/* Has what is claimed been proven before? */
static bool
is_proven(const SmolProof *proof)
{
	if (proof->verdicts == 0)
		return false;
	for (int i = 0; !proof->everything && i < proof->claims.nranges; i++)
	{
		SmolBlockRange rest = proof->claims.ranges[i];
		SmolBlockRange part;

		if (smol_next_missing(&proof->proven, &rest, &part))
			return false;
	}
	return true;
}

/*
 * The claims are right: remember that.
 */
static void
note_proof(SmolProof *proof, const SmolVerdict *verdict)
{
	Relation	index = proof->reader->index;
	const SmolSegment *segment = proof->reader->segment;
	SmolBlockRange all;
	SmolBlockRange part;

	proof->verdicts++;
	for (int i = 0; i < proof->claims.nranges; i++)
		smol_add_blocks(&proof->proven, proof->claims.ranges[i], SMOL_BLOCKS_AT_MOST);
	proof->everything = !all_blocks(proof->heap, segment, true, &all) ||
		!smol_next_missing(&proof->proven, &all, &part);

	/* any row that the snapshot sees will do as witness, for all rescans */
	if (proof->claims.nranges == 0 || ItemPointerIsValid(&proof->witness))
		return;
	if (verdict->pages_checked == 0 && ItemPointerIsValid(&proof->claim_root))
		proof->witness = proof->claim_root;
	else
		choose_witness(proof->heap, index, segment, proof->claims.ranges[0],
					   ItemPointerIsValid(&proof->claim_root) ?
					   &proof->claim_root : &segment->witness,
					   &proof->witness);
}

/*
 * The verdict on the rows claimed.  They are claimed no longer.
 */
void
smol_prove(SmolProof *proof, SmolVerdict *verdict)
{
	Relation	index = proof->reader->index;

	memset(verdict, 0, sizeof(*verdict));
	verdict->state = SMOL_SEAL_CURRENT;
	ItemPointerSetInvalid(&verdict->witness);

	if (!is_proven(proof))
	{
		if (!proof->settled)
		{
			smol_judge(proof->heap, index, &proof->reader->meta, proof->snapshot,
					   verdict);
			if (verdict->state == SMOL_SEAL_CURRENT)
			{
				proof->everything = true;
				proof->verdicts++;
				proof->witness = verdict->witness;
			}
			return;
		}

		/* as smol_judge does it */
		INJECTION_POINT("smol-seal-before-sweep", NULL);
		if (!sweep_claims(proof, verdict))
			(void) find_stale(index, verdict);
		else
		{
			INJECTION_POINT("smol-seal-after-sweep", NULL);
			if (!find_stale(index, verdict))
			{
				note_proof(proof, verdict);
				log_current(index, verdict);
			}
		}
	}
	smol_drop_claims(proof);
	if (verdict->state == SMOL_SEAL_CURRENT)
		verdict->witness = proof->witness;
}

/*
 * Is the pinned metapage what the relation cache has a copy of, not STALE?  Then
 * nothing else need be asked of it: the copy was made under a lock, and checked.
 *
 * This takes no lock.  What has to be seen is seen:
 *
 * - STALE is one bit, which goes from off to on and never back, and is only set
 *   under an exclusive lock.  Whatever moment of such a change we meet, each byte
 *   is the old or the new one.
 *
 * - VACUUM sets the flag, then lets go of the lock, which is a memory barrier,
 *   and sets a page's all-visible bit only then.  We read that bit, then pass a
 *   read barrier, and read the flag.  So if we saw the bit, we see the flag.
 *
 * - aminsert sets the flag and lets go of the lock before its transaction
 *   commits.  A snapshot that sees the commit was taken under ProcArrayLock after
 *   that; so we see the flag.
 *
 * - In serializable transactions, aminsert lets go of the lock and looks for
 *   predicate locks then; a reader sets its predicate lock, and lets go of the
 *   lock on their table before it comes here.  Both are full barriers, so one
 *   of the two sees what the other did.
 */
static bool
is_unchanged(Relation index, Buffer buffer)
{
	const SmolIndexCache *cache = index->rd_amcache;

	pg_read_barrier();
	return cache != NULL && (cache->meta.flags & SMOL_META_STALE) == 0 &&
		memcmp(SmolPageGetMeta(BufferGetPage(buffer)), &cache->meta,
			   sizeof(SmolMetaPageData)) == 0;
}

/*
 * Can this library read the index at all, and if so, is it stale?  Raises no
 * error: a damaged index, or one of a later version of smol, must not be in the
 * way of queries that can do without it.
 */
static bool
peek_meta(Relation index, bool *stale)
{
	Buffer		buffer;
	Page		page;
	BlockNumber nblocks;
	bool		readable;

	if (index->rd_amcache != NULL)
	{
		bool		unchanged;

		buffer = ReadBuffer(index, SMOL_META_BLKNO);
		unchanged = is_unchanged(index, buffer);
		ReleaseBuffer(buffer);
		*stale = false;
		if (unchanged)
			return true;
	}

	/* no metapage yet while the index is being built */
	nblocks = RelationGetNumberOfBlocks(index);
	if (nblocks == 0)
		return false;

	buffer = ReadBuffer(index, SMOL_META_BLKNO);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	readable = smol_meta_page_is_readable(page, nblocks);
	*stale = readable && (SmolPageGetMeta(page)->flags & SMOL_META_STALE);
	UnlockReleaseBuffer(buffer);
	return readable;
}

/*
 * A guess: would a scan starting now find the index usable?  Being wrong costs
 * time, never answers.  A thorough guess takes as long as a verdict; the
 * planner wants one that costs little whatever the size of the heap.
 *
 * Whoever asks about several indexes of a table may have the map swept for the
 * first alone: heap blocks before *visible are all-visible, as was found a moment
 * ago.  NULL if nobody wants to know.
 *
 * Returns false if the index can't be read, for which there is no error.
 */
bool
smol_guess(Relation heap, Relation index, bool thorough, BlockNumber *visible,
		   SmolVerdict *verdict)
{
	SmolMetaPageData meta;
	SmolBlockRange blocks;
	bool		stale;
	bool		settled;

	memset(verdict, 0, sizeof(*verdict));
	if (!peek_meta(index, &stale))
	{
		verdict->state = SMOL_SEAL_STALE;
		strlcpy(verdict->reason,
				"the index is damaged, or of another version of smol",
				sizeof(verdict->reason));
		return false;
	}
	smol_read_meta(index, &meta);
	if (stale)
	{
		verdict->state = SMOL_SEAL_STALE;
		snprintf(verdict->reason, sizeof(verdict->reason), "the index is stale");
		return true;
	}

	settled = ActiveSnapshotSet() &&
		GetActiveSnapshot()->snapshot_type == SNAPSHOT_MVCC &&
		is_settled(&meta, GetActiveSnapshot());
	if (meta.segments[0].heap_end > PLAN_SWEEP_BLOCKS && !thorough)
	{
		/* pg_class has counts from the last VACUUM, which cost nothing */
		int64		clear = (int64) heap->rd_rel->relpages - heap->rd_rel->relallvisible;

		if (clear > smol_max_heap_checks)
		{
			verdict->state = SMOL_SEAL_WAITING;
			snprintf(verdict->reason, sizeof(verdict->reason),
					 "%lld heap pages are not all-visible", (long long) clear);
			verdict->parts = settled;
			return true;
		}
	}
	else if (ActiveSnapshotSet() &&
			 GetActiveSnapshot()->snapshot_type == SNAPSHOT_MVCC &&
			 !(visible && settled &&
			   all_blocks(heap, &meta.segments[0], settled, &blocks) &&
			   blocks.last < *visible))
	{
		if (!sweep_heap(heap, index, &meta.segments[0], GetActiveSnapshot(),
						settled, thorough ? PG_UINT32_MAX : PLAN_LOOKS,
						looks_allowed(), verdict))
		{
			verdict->parts = settled;
			return true;
		}
		if (visible && settled && !verdict->any_clear && meta.segments[0].heap_start == 0 &&
			all_blocks(heap, &meta.segments[0], settled, &blocks))
			*visible = Max(*visible, blocks.last + 1);
	}
	verdict->state = SMOL_SEAL_CURRENT;
	return true;
}

/*
 * A guess of the same kind about some rows: would a verdict on them that is
 * asked for now be CURRENT?  The index is not STALE, as was found before.  Raises
 * no error for a damaged page if the reader is a soft one.
 */
bool
smol_guess_rows(Relation heap, SmolReader *reader, SmolPos lo, SmolPos hi)
{
	SmolVerdict scratch = {0};
	SmolBlockRange blocks;
	ItemPointerData root;

	if (!smol_pos_before(lo, hi))
		return true;
	if (!ActiveSnapshotSet() ||
		GetActiveSnapshot()->snapshot_type != SNAPSHOT_MVCC ||
		!is_settled(&reader->meta, GetActiveSnapshot()))
		return false;
	smol_rows_to_blocks(reader, lo, hi, &blocks, &root);
	return !reader->damaged &&
		sweep_blocks(heap, reader->index, reader->segment, blocks,
					 GetActiveSnapshot(), true, PLAN_LOOKS, looks_allowed(), &scratch);
}

/*
 * May the planner's probe for a column's extreme value (SnapshotNonVacuumable)
 * see the index?  A wrong value only misleads an estimate, but the executor
 * half of the probe must find a row at the witness, or it would go through the
 * whole index.
 */
bool
smol_judge_for_probe(Relation heap, Relation index, const SmolMetaPageData *meta,
					 ItemPointer witness)
{
	Buffer		buffer = InvalidBuffer;
	BlockNumber block;
	bool		visible;

	*witness = meta->segments[0].witness;
	if (!ItemPointerIsValid(witness))
		return false;
	block = ItemPointerGetBlockNumber(witness);
	visible = block < RelationGetNumberOfBlocks(heap) &&
		smol_block_is_visible(heap, block, &buffer);
	if (BufferIsValid(buffer))
		ReleaseBuffer(buffer);
	return visible && !smol_is_stale(index);
}

/*
 * Read the STALE flag from the metapage.
 */
bool
smol_is_stale(Relation index)
{
	Buffer		buffer = ReadBuffer(index, SMOL_META_BLKNO);
	Page		page = BufferGetPage(buffer);
	bool		stale;

	if (is_unchanged(index, buffer))
	{
		ReleaseBuffer(buffer);
		return false;
	}
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	smol_check_meta(index, page);
	stale = (SmolPageGetMeta(page)->flags & SMOL_META_STALE) != 0;
	UnlockReleaseBuffer(buffer);
	return stale;
}

/*
 * Set the STALE flag, WAL-logged, unless it is set.  It stays set until
 * REINDEX, whether or not the transaction that made us set it commits.
 * Returns true if it was us who set it.
 */
bool
smol_mark_stale(Relation heap, Relation index, const char *why)
{
	GenericXLogState *state;
	Buffer		buffer;
	Page		page;

	if (smol_is_stale(index))
		return false;

	buffer = ReadBuffer(index, SMOL_META_BLKNO);
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	smol_check_meta(index, BufferGetPage(buffer));
	if (SmolPageGetMeta(BufferGetPage(buffer))->flags & SMOL_META_STALE)
	{
		UnlockReleaseBuffer(buffer);
		return false;
	}
	state = GenericXLogStart(index);
	page = GenericXLogRegisterBuffer(state, buffer, 0);
	SmolPageGetMeta(page)->flags |= SMOL_META_STALE;
	smol_seal_page(page);
	INJECTION_POINT("smol-stale-before-xlog", NULL);
	GenericXLogFinish(state);
	INJECTION_POINT("smol-stale-after-xlog", NULL);
	UnlockReleaseBuffer(buffer);

	/* have cached plans made anew: they would fall back each time */
	CacheInvalidateRelcache(heap);

	smol_debug("smol: index \"%s\" marked stale: %s",
			   RelationGetRelationName(index), why);
	return true;
}

/*
 * VACUUM is about to reap rows that may be in an index that we can't read.  If
 * that is because another version of smol wrote it, that version must not trust
 * it later on.  We don't know where it keeps its STALE flag; but every version
 * begins by looking for the magic number.  A page that isn't even that far in
 * order will not be trusted by anybody.
 */
void
smol_void_index(Relation index)
{
	Buffer		buffer;
	Page		page;
	PageHeader	phdr;

	if (RelationGetNumberOfBlocks(index) == 0)
		return;
	buffer = ReadBuffer(index, SMOL_META_BLKNO);
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	page = BufferGetPage(buffer);
	phdr = (PageHeader) page;
	if (!PageIsNew(page) &&
		phdr->pd_lower >= MAXALIGN(SizeOfPageHeaderData) + sizeof(uint32) &&
		phdr->pd_lower <= phdr->pd_upper && phdr->pd_upper <= phdr->pd_special &&
		phdr->pd_special <= BLCKSZ &&
		SmolPageGetMeta(page)->magic == SMOL_MAGIC)
	{
		GenericXLogState *state = GenericXLogStart(index);

		page = GenericXLogRegisterBuffer(state, buffer, 0);
		SmolPageGetMeta(page)->magic = SMOL_MAGIC_VOID;
		INJECTION_POINT("smol-void-before-xlog", NULL);
		GenericXLogFinish(state);
		INJECTION_POINT("smol-void-after-xlog", NULL);
	}
	UnlockReleaseBuffer(buffer);
}

/*
 * Does the callback call any indexed row dead?  Only pages whose all-visible
 * bit is clear can hold one.
 */
bool
smol_find_dead(Relation heap, Relation index, SmolDeadCallback is_dead, void *arg)
{
	SmolMetaPageData meta;
	const SmolSegment *segment = &meta.segments[0];
	SmolSweep	sweep;
	SmolFootprintScan fp;
	BlockNumber block;
	bool		dead = false;

	smol_read_meta(index, &meta);
	if (segment->last_block == InvalidBlockNumber)
		return false;

	smol_begin_sweep(&sweep, heap, segment->heap_start, segment->last_block + 1);
	smol_begin_footprint_scan(&fp, index, segment, true);
	while (!dead && (block = smol_next_clear(&sweep)) != InvalidBlockNumber)
	{
		CHECK_FOR_INTERRUPTS();
		if (!smol_find_footprint(&fp, block))
			continue;
		for (int run = 0; !dead && run < fp.entry.nruns; run++)
		{
			for (OffsetNumber off = fp.entry.runs[run].first;
				 !dead && off <= fp.entry.runs[run].last; off++)
			{
				ItemPointerData tid;

				ItemPointerSet(&tid, block, off);
				dead = is_dead(&tid, arg);
			}
		}
	}

	/* what can't be read may be dead */
	dead |= fp.damaged;
	smol_end_footprint_scan(&fp);
	smol_end_sweep(&sweep);
	return dead;
}

/*
 * Number of heap blocks with indexed rows whose all-visible bit is clear.
 */
BlockNumber
smol_count_waiting(Relation heap, Relation index)
{
	SmolMetaPageData meta;
	const SmolSegment *segment = &meta.segments[0];
	SmolSweep	sweep;
	SmolFootprintScan fp;
	BlockNumber block;
	BlockNumber count = 0;

	smol_read_meta(index, &meta);
	if (segment->last_block == InvalidBlockNumber)
		return 0;

	smol_begin_sweep(&sweep, heap, segment->heap_start, segment->last_block + 1);
	smol_begin_footprint_scan(&fp, index, segment, true);
	while ((block = smol_next_clear(&sweep)) != InvalidBlockNumber)
		if (smol_find_footprint(&fp, block))
			count++;
	smol_end_footprint_scan(&fp);
	smol_end_sweep(&sweep);
	return count;
}

bool
smol_meta_is_readable(Relation index)
{
	bool		stale;

	return peek_meta(index, &stale);
}

/*
 * The command that makes an index usable that is not CURRENT.
 *
 * A table that was vacuumed before and is waiting again has had a few rows
 * deleted, most likely.  VACUUM bypasses the indexes if these are on few
 * pages, and then leaves the pages' all-visible bits clear.
 */
const char *
smol_advice(Relation heap, Relation index, const SmolVerdict *verdict)
{
	Relation	rel = verdict->state == SMOL_SEAL_WAITING ? heap : index;
	const char *command = "REINDEX INDEX";

	if (verdict->state == SMOL_SEAL_WAITING)
		command = heap->rd_rel->relallvisible > 0 ?
			"VACUUM (INDEX_CLEANUP ON)" : "VACUUM";

	return psprintf("%s %s", command,
					quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
											   RelationGetRelationName(rel)));
}
