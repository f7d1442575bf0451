/*-------------------------------------------------------------------------
 *
 * footprint.c
 *	  The footprint: which heap line pointers a segment indexes.
 *
 * A smol index has no TIDs beside its rows, but to be trusted it must know
 * which heap blocks matter, and which line pointers on them (src/README).  In
 * a bulk-loaded table block after block has line pointers 1..n, so runs of
 * blocks share an entry and the whole costs next to nothing.
 *
 * An entry is a string of variable-length integers (7 bits a byte, low bits
 * first, high bit set on all but the last byte):
 *
 *		gap			blocks between the previous entry's end and this start
 *		nblocks - 1
 *		nruns
 *		nruns times: offsets skipped, length of the run - 1
 *
 * Entries don't cross pages; the first entry of a page starts at the page's
 * first_block.
 *
 * Where several processes scan the heap, each collects the footprint of the
 * blocks that fall to it, and leaves it in a shared file as a part.  Parts
 * have no block in common, so merging them gives what one process would have
 * collected.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/footprint.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "tree/footprint.h"

#define MAX_VARINT		5
#define MAX_ENTRY_BYTES	((3 + 2 * SMOL_FOOTPRINT_MAX_RUNS) * MAX_VARINT)

struct SmolFootprint
{
	/* the block that is being collected */
	BlockNumber block;
	bool		used[MaxHeapTuplesPerPage + 1];

	/* the entry that may still grow; nblocks 0: none */
	SmolFootprintEntry entry;

	/* the page that is being filled */
	BlockNumber first_block;
	BlockNumber after;
	uint32		nbytes;
	uint8		bytes[SMOL_FOOTPRINT_ROOM];

	BufFile    *spool;			/* finished pages; of a part, entries */
	bool		is_part;
	uint32		npages;
	BlockNumber last_block;
	ItemPointerData witness;
};

/*
 * The spool keeps the footprint of a huge heap out of memory; it is written
 * to disk only when it outgrows a page.
 */
SmolFootprint *
smol_begin_footprint(void)
{
	SmolFootprint *fp = palloc0(sizeof(SmolFootprint));

	StaticAssertStmt(MAX_ENTRY_BYTES <= SMOL_FOOTPRINT_ROOM,
					 "an entry fits a page");
	fp->block = InvalidBlockNumber;
	fp->last_block = InvalidBlockNumber;
	ItemPointerSetInvalid(&fp->witness);
	return fp;
}

/* The name of a part in its file set. */
static void
name_part(char *name, int part)
{
	snprintf(name, MAXPGPATH, "footprint.%d", part);
}

/*
 * Start a part of a footprint, for another process to read.
 */
SmolFootprint *
smol_begin_footprint_part(FileSet *fileset, int part)
{
	SmolFootprint *fp = smol_begin_footprint();
	char		name[MAXPGPATH];

	name_part(name, part);
	fp->is_part = true;
	fp->spool = BufFileCreateFileSet(fileset, name);
	return fp;
}

static uint8 *
put_varint(uint8 *p, uint32 v)
{
	while (v >= 0x80)
	{
		*p++ = (uint8) (v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8) v;
	return p;
}

static void
flush_page(SmolFootprint *fp)
{
	if (fp->nbytes == 0)
		return;
	if (fp->spool == NULL)
		fp->spool = BufFileCreateTemp(false);
	BufFileWrite(fp->spool, &fp->first_block, sizeof(BlockNumber));
	BufFileWrite(fp->spool, &fp->nbytes, sizeof(uint32));
	BufFileWrite(fp->spool, fp->bytes, fp->nbytes);
	fp->npages++;
	fp->nbytes = 0;
}

/* Bytes of an entry in memory, and in a part. */
static Size
entry_size(const SmolFootprintEntry *entry)
{
	return offsetof(SmolFootprintEntry, runs) + sizeof(entry->runs[0]) * entry->nruns;
}

static void
flush_entry(SmolFootprint *fp)
{
	SmolFootprintEntry *entry = &fp->entry;
	uint8		buf[MAX_ENTRY_BYTES];
	uint8	   *p;
	OffsetNumber next = FirstOffsetNumber;

	if (entry->nblocks == 0)
		return;
	if (fp->is_part)
	{
		BufFileWrite(fp->spool, entry, entry_size(entry));
		entry->nblocks = 0;
		return;
	}

	/* the second time round the page is empty */
	for (;;)
	{
		if (fp->nbytes == 0)
			fp->first_block = fp->after = entry->start;

		p = put_varint(buf, entry->start - fp->after);
		p = put_varint(p, entry->nblocks - 1);
		p = put_varint(p, entry->nruns);
		next = FirstOffsetNumber;
		for (int i = 0; i < entry->nruns; i++)
		{
			p = put_varint(p, entry->runs[i].first - next);
			p = put_varint(p, entry->runs[i].last - entry->runs[i].first);
			next = entry->runs[i].last + 1;
		}
		if (fp->nbytes + (Size) (p - buf) <= SMOL_FOOTPRINT_ROOM)
			break;
		Assert(fp->nbytes > 0);
		flush_page(fp);
	}

	memcpy(fp->bytes + fp->nbytes, buf, p - buf);
	fp->nbytes += p - buf;
	fp->after = entry->start + entry->nblocks;
	entry->nblocks = 0;
}

/* Add an entry, which is beyond all before it. */
static void
put_entry(SmolFootprint *fp, const SmolFootprintEntry *now)
{
	SmolFootprintEntry *entry = &fp->entry;

	if (fp->last_block == InvalidBlockNumber)
		ItemPointerSet(&fp->witness, now->start, now->runs[0].first);
	else if (now->start <= fp->last_block)
		elog(ERROR, "heap block %u came after block %u", now->start, fp->last_block);

	if (entry->nblocks > 0 && entry->start + entry->nblocks == now->start &&
		entry->nruns == now->nruns &&
		memcmp(entry->runs, now->runs, sizeof(now->runs[0]) * now->nruns) == 0)
		entry->nblocks += now->nblocks;
	else
	{
		flush_entry(fp);
		memcpy(entry, now, entry_size(now));
	}
	fp->last_block = now->start + now->nblocks - 1;
}

static void
flush_block(SmolFootprint *fp)
{
	SmolFootprintEntry now;

	if (fp->block == InvalidBlockNumber)
		return;

	now.start = fp->block;
	now.nblocks = 1;
	now.nruns = 0;
	for (OffsetNumber off = 1; off <= MaxHeapTuplesPerPage; off++)
	{
		if (!fp->used[off])
			continue;
		if (now.nruns == 0 || now.runs[now.nruns - 1].last != off - 1)
			now.runs[now.nruns++].first = off;
		now.runs[now.nruns - 1].last = off;
		fp->used[off] = false;
	}
	put_entry(fp, &now);
	fp->block = InvalidBlockNumber;
}

/*
 * Add the root TID of an indexed row.  Blocks must come in ascending order:
 * a build scans the heap from its start, and so does each process that takes
 * part in one.
 */
void
smol_add_footprint(SmolFootprint *fp, ItemPointer root)
{
	BlockNumber block = ItemPointerGetBlockNumber(root);
	OffsetNumber off = ItemPointerGetOffsetNumber(root);

	if (block != fp->block)
	{
		flush_block(fp);
		fp->block = block;
	}
	if (off > MaxHeapTuplesPerPage)
		elog(ERROR, "line pointer %u is out of bounds", off);
	fp->used[off] = true;
}

/*
 * A part is complete: hand it over to whoever merges the parts.
 */
void
smol_end_footprint_part(SmolFootprint *fp)
{
	flush_block(fp);
	flush_entry(fp);
	BufFileExportFileSet(fp->spool);
	BufFileClose(fp->spool);
	pfree(fp);
}

/* Read the next entry of a part; at its end there is one of no blocks. */
static void
read_part(BufFile *part, SmolFootprintEntry *entry)
{
	if (BufFileReadMaybeEOF(part, entry, offsetof(SmolFootprintEntry, runs), true) == 0)
	{
		entry->nblocks = 0;
		return;
	}
	Assert(entry->nruns > 0 && entry->nruns <= SMOL_FOOTPRINT_MAX_RUNS);
	BufFileReadExact(part, entry->runs, sizeof(entry->runs[0]) * entry->nruns);
}

/*
 * The footprint that parts 0 to nparts - 1 make up.
 */
SmolFootprint *
smol_merge_footprint_parts(FileSet *fileset, int nparts)
{
	SmolFootprint *fp = smol_begin_footprint();
	BufFile   **parts = palloc(sizeof(BufFile *) * nparts);
	SmolFootprintEntry *entries = palloc(sizeof(SmolFootprintEntry) * nparts);

	for (int i = 0; i < nparts; i++)
	{
		char		name[MAXPGPATH];

		name_part(name, i);
		parts[i] = BufFileOpenFileSet(fileset, name, O_RDONLY, false);
		read_part(parts[i], &entries[i]);
	}

	for (;;)
	{
		int			first = -1;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < nparts; i++)
			if (entries[i].nblocks > 0 &&
				(first < 0 || entries[i].start < entries[first].start))
				first = i;
		if (first < 0)
			break;
		put_entry(fp, &entries[first]);
		read_part(parts[first], &entries[first]);
	}

	for (int i = 0; i < nparts; i++)
		BufFileClose(parts[i]);
	pfree(entries);
	pfree(parts);
	return fp;
}

/*
 * Write the footprint's pages from *next_block on, and note them in the
 * segment.  The footprint is used up.
 */
void
smol_write_footprint(SmolFootprint *fp, BulkWriteState *bulk,
					 BlockNumber *next_block, SmolSegment *segment)
{
	flush_block(fp);
	flush_entry(fp);
	flush_page(fp);

	segment->footprint = fp->npages > 0 ? *next_block : InvalidBlockNumber;
	segment->footprint_pages = fp->npages;
	segment->last_block = fp->last_block;
	segment->witness = fp->witness;

	if (fp->spool == NULL)
		return;
	if (BufFileSeek(fp->spool, 0, 0, SEEK_SET) != 0)
		elog(ERROR, "could not rewind temporary file");

	for (uint32 i = 0; i < fp->npages; i++)
	{
		BulkWriteBuffer buf = smgr_bulk_get_buf(bulk);
		Page		page = (Page) buf;
		SmolFootprintHeader *header;

		CHECK_FOR_INTERRUPTS();
		smol_init_page(page, SMOL_PAGE_FOOTPRINT, 0, *next_block);
		header = SmolPageGetFootprint(page);
		BufFileReadExact(fp->spool, header, sizeof(SmolFootprintHeader));
		Assert(header->nbytes <= SMOL_FOOTPRINT_ROOM);
		BufFileReadExact(fp->spool, header + 1, header->nbytes);
		((PageHeader) page)->pd_lower =
			(char *) (header + 1) + header->nbytes - (char *) page;
		smol_seal_page(page);
		smgr_bulk_write(bulk, (*next_block)++, buf, true);
	}
	BufFileClose(fp->spool);
	fp->spool = NULL;
}

/*
 * Start reading a footprint.  There is no current entry yet.
 */
void
smol_begin_footprint_scan(SmolFootprintScan *scan, Relation index,
						  const SmolSegment *segment, bool soft)
{
	scan->index = index;
	scan->segment = segment;
	scan->soft = soft;
	scan->damaged = false;
	scan->buffer = InvalidBuffer;
	scan->page = 0;
	scan->next = scan->end = NULL;
	scan->after = 0;
	scan->valid = false;
}

void
smol_end_footprint_scan(SmolFootprintScan *scan)
{
	if (BufferIsValid(scan->buffer))
		ReleaseBuffer(scan->buffer);
	scan->buffer = InvalidBuffer;
	scan->valid = false;
}

/*
 * The footprint is damaged: an error, or in a soft scan the end of it.
 */
static bool
broken(SmolFootprintScan *scan, const char *what)
{
	if (!scan->soft)
		smol_report_corrupt(scan->index, scan->segment->footprint + scan->page, what);
	scan->damaged = true;
	scan->valid = false;
	return false;
}

/* Pin page number 'page' of the footprint, and stand before its first entry. */
static bool
load_page(SmolFootprintScan *scan, uint32 page)
{
	BlockNumber blkno = scan->segment->footprint + page;
	SmolFootprintHeader *header;
	const char *wrong;

	CHECK_FOR_INTERRUPTS();
	scan->buffer = ReleaseAndReadBuffer(scan->buffer, scan->index, blkno);
	scan->page = page;
	scan->valid = false;
	wrong = smol_check_page(BufferGetPage(scan->buffer), SMOL_PAGE_FOOTPRINT, 0,
							blkno, 0);
	if (wrong)
		return broken(scan, wrong);
	header = SmolPageGetFootprint(BufferGetPage(scan->buffer));
	scan->next = (const uint8 *) (header + 1);
	scan->end = scan->next + header->nbytes;
	scan->after = header->first_block;
	return true;
}

static bool
get_varint(SmolFootprintScan *scan, uint64 *value)
{
	*value = 0;
	for (int shift = 0; shift < 7 * MAX_VARINT; shift += 7)
	{
		uint8		b;

		if (scan->next >= scan->end)
			break;
		b = *scan->next++;
		*value |= (uint64) (b & 0x7f) << shift;
		if (!(b & 0x80))
		{
			if (*value > PG_UINT32_MAX)
				break;
			return true;
		}
	}
	return broken(scan, "footprint entry is corrupt");
}

/*
 * Step to the next entry; false at the end.
 */
bool
smol_next_footprint(SmolFootprintScan *scan)
{
	SmolFootprintEntry *entry = &scan->entry;
	uint64		gap;
	uint64		nblocks;
	uint64		nruns;
	uint64		start;
	uint64		off = FirstOffsetNumber;

	if (scan->damaged)
		return false;
	if (!BufferIsValid(scan->buffer))
	{
		if (scan->segment->footprint_pages == 0)
			return false;
		if (!load_page(scan, 0))
			return false;
	}
	while (scan->next >= scan->end)
	{
		if (scan->page + 1 >= scan->segment->footprint_pages)
		{
			scan->valid = false;
			return false;
		}
		if (!load_page(scan, scan->page + 1))
			return false;
	}

	if (!get_varint(scan, &gap) || !get_varint(scan, &nblocks) ||
		!get_varint(scan, &nruns))
		return false;
	start = scan->after + gap;
	nblocks++;
	if (start + nblocks > MaxBlockNumber || nruns == 0 ||
		nruns > SMOL_FOOTPRINT_MAX_RUNS)
		return broken(scan, "footprint entry is out of bounds");
	for (uint64 i = 0; i < nruns; i++)
	{
		uint64		skip;
		uint64		length;

		if (!get_varint(scan, &skip) || !get_varint(scan, &length))
			return false;
		off += skip;
		if (off + length > MaxHeapTuplesPerPage)
			return broken(scan, "footprint run is out of bounds");
		entry->runs[i].first = (OffsetNumber) off;
		entry->runs[i].last = (OffsetNumber) (off + length);
		off += length + 1;
	}
	entry->start = (BlockNumber) start;
	entry->nblocks = (uint32) nblocks;
	entry->nruns = (int) nruns;
	scan->after = entry->start + entry->nblocks;
	scan->valid = true;
	return true;
}

/*
 * Load the last page from 'lo' on whose first block is not beyond 'block'; or
 * page 'lo', if there is none.
 */
static bool
seek_page(SmolFootprintScan *scan, uint32 lo, BlockNumber block)
{
	uint32		hi = scan->segment->footprint_pages;

	while (hi - lo > 1)
	{
		uint32		mid = lo + (hi - lo) / 2;

		if (!load_page(scan, mid))
			return false;
		if (scan->after <= block)
			lo = mid;
		else
			hi = mid;
	}
	return load_page(scan, lo);
}

/*
 * Find the entry that covers a heap block: true if there is one, which is then
 * current.  Fast when blocks are asked for in ascending order.
 */
bool
smol_find_footprint(SmolFootprintScan *scan, BlockNumber block)
{
	if (scan->damaged || scan->segment->footprint_pages == 0)
		return false;

	/* nowhere yet, or beyond the block: search all pages */
	if (!BufferIsValid(scan->buffer) ||
		block < (scan->valid ? scan->entry.start : scan->after))
	{
		if (!seek_page(scan, 0, block))
			return false;
	}

	for (;;)
	{
		if (scan->valid)
		{
			if (block < scan->entry.start)
				return false;
			if (block < scan->entry.start + scan->entry.nblocks)
				return true;
		}
		else if (block < scan->after)
			return false;

		/* the page is through: search those after it */
		if (scan->next >= scan->end &&
			scan->page + 1 < scan->segment->footprint_pages &&
			!seek_page(scan, scan->page + 1, block))
			return false;
		if (!smol_next_footprint(scan))
			return false;
	}
}
