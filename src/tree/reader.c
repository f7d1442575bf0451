/*-------------------------------------------------------------------------
 *
 * reader.c
 *	  Reading a segment: descend, load a leaf, decode columns.
 *
 * A search narrows a stretch of rows column by column: on the first key column
 * it finds the rows that equal the first search value, among these on the
 * second column those that equal the second, and so on, each by binary search
 * in the encoded column.  Inner pages are searched in the same way; their
 * separators are whole keys.
 *
 * Nothing here asks whether the index may be trusted: smolseal.c does.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/reader.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/htup_details.h"
#include "miscadmin.h"
#include "tree/smoltree.h"
#include "tree/smolwriter.h"
#include "utils/memutils.h"

/* An upper bound is looked for among so many rows after the lower one first. */
#define NEARBY_ROWS		4

/* The attlen of a type that has this image. */
static int
image_length(const SmolColumnDesc *desc)
{
	switch ((SmolImage) desc->image)
	{
		case SMOL_IMAGE_UINT1:
			return 1;
		case SMOL_IMAGE_INT2:
			return 2;
		case SMOL_IMAGE_INT4:
		case SMOL_IMAGE_UINT4:
		case SMOL_IMAGE_FLOAT4:
			return 4;
		case SMOL_IMAGE_INT8:
		case SMOL_IMAGE_UINT8:
		case SMOL_IMAGE_FLOAT8:
			return 8;
		case SMOL_IMAGE_FIXED:
			return desc->length;
		case SMOL_IMAGE_NAME:
			return NAMEDATALEN;
		case SMOL_IMAGE_VARLENA:
		case SMOL_IMAGE_DECIMAL:
			return -1;
	}
	return 0;
}

/* Is the metapage of an index of these columns?  NULL: it is. */
static const char *
find_misfit(Relation index, const SmolMetaPageData *meta)
{
	if (meta->ncolumns != IndexRelationGetNumberOfAttributes(index) ||
		meta->nkeys != IndexRelationGetNumberOfKeyAttributes(index))
		return "metapage describes an index of other columns";

	for (int i = 0; i < meta->ncolumns; i++)
	{
		CompactAttribute *att = TupleDescCompactAttr(RelationGetDescr(index), i);

		if (att->attlen != image_length(&meta->columns[i]))
			return "metapage describes an index of other types";
	}
	return NULL;
}

/*
 * What is known of an index without reading it: the metapage's content, after
 * the version gate, and what follows from it.  All but the STALE flag is as
 * immutable as the file, and a new file, or new columns, come with a relcache
 * invalidation, which drops rd_amcache.  Whoever wants to know about STALE asks
 * smolseal.c, which never takes it from here.
 *
 * The result may go away wherever invalidations are processed: copy.
 */
static const SmolIndexCache *
get_cache(Relation index)
{
	BlockNumber nblocks;
	Buffer		buf;
	Page		page;
	SmolIndexCache *cache;
	const char *wrong;

	if (likely(index->rd_amcache != NULL))
		return index->rd_amcache;

	nblocks = RelationGetNumberOfBlocks(index);
	if (nblocks == 0)
		smol_report_corrupt(index, SMOL_META_BLKNO, "file is empty");
	buf = ReadBuffer(index, SMOL_META_BLKNO);
	LockBuffer(buf, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buf);
	smol_check_meta(index, page);
	cache = MemoryContextAlloc(index->rd_indexcxt, sizeof(SmolIndexCache));
	memcpy(&cache->meta, SmolPageGetMeta(page), sizeof(SmolMetaPageData));
	UnlockReleaseBuffer(buf);
	wrong = smol_check_segment(&cache->meta.segments[0], nblocks);
	if (wrong)
		smol_report_corrupt(index, SMOL_META_BLKNO, wrong);
	cache->misfit = find_misfit(index, &cache->meta);
	cache->ninner = smol_inner_columns(&cache->meta, cache->inner);
	index->rd_amcache = cache;
	return cache;
}

/* Copy the metapage's content. */
void
smol_read_meta(Relation index, SmolMetaPageData *meta)
{
	*meta = get_cache(index)->meta;
}

SmolReader *
smol_open_reader(Relation index)
{
	const SmolIndexCache *cache = get_cache(index);
	SmolReader *reader;

	if (cache->misfit)
		smol_report_corrupt(index, SMOL_META_BLKNO, cache->misfit);

	reader = palloc(offsetof(SmolReader, inner) +
					sizeof(SmolColumnDesc) * cache->ninner);
	memset(reader, 0, offsetof(SmolReader, meta));
	reader->index = index;
	reader->meta = cache->meta;
	reader->segment = &reader->meta.segments[0];
	reader->ninner = cache->ninner;
	memcpy(reader->inner, cache->inner, sizeof(SmolColumnDesc) * cache->ninner);
	return reader;
}

/* Let go of all pages; the reader stays usable. */
void
smol_release_pins(SmolReader *reader)
{
	reader->sought = false;
	if (BufferIsValid(reader->leaf_buffer))
		ReleaseBuffer(reader->leaf_buffer);
	reader->leaf_buffer = InvalidBuffer;
	if (BufferIsValid(reader->bloom_buffer))
		ReleaseBuffer(reader->bloom_buffer);
	reader->bloom_buffer = InvalidBuffer;
	for (uint32 i = 0; i <= reader->segment->height; i++)
	{
		if (BufferIsValid(reader->inner_buffers[i]))
			ReleaseBuffer(reader->inner_buffers[i]);
		reader->inner_buffers[i] = InvalidBuffer;
	}
}

void
smol_close_reader(SmolReader *reader)
{
	smol_release_pins(reader);
	pfree(reader);
}

/*
 * Describe the chunk of a column's values, and of its null map: returns
 * whether it has one.  The page has passed smol_check_page.
 */
bool
smol_page_chunk(Page page, const SmolColumnDesc *desc, int column,
				SmolChunk *chunk, SmolChunk *nulls)
{
	SmolPackHeader *pack = SmolPageGetPack(page);
	SmolChunkRef *refs = SmolPackGetRefs(pack);
	SmolChunkRef *ref = &refs[column];

	chunk->lane = SmolImageIsWord(desc->image) ? SMOL_LANE_WORD : SMOL_LANE_BYTES;
	chunk->fixed_len = desc->length;
	chunk->codec = ref->codec;
	chunk->n = pack->nrows;
	chunk->data = (const uint8 *) page + ref->offset;
	chunk->len = ref->length;

	if (ref->nulls == 0)
		return false;
	ref = &refs[ref->nulls];
	nulls->lane = SMOL_LANE_WORD;
	nulls->fixed_len = 0;
	nulls->codec = ref->codec;
	nulls->n = pack->nrows;
	nulls->data = (const uint8 *) page + ref->offset;
	nulls->len = ref->length;
	return true;
}

/*
 * A page is damaged: an error, or noted if the reader is a soft one.
 */
static void
report_damage(SmolReader *reader, BlockNumber blkno, const char *what)
{
	if (!reader->soft)
		smol_report_corrupt(reader->index, blkno, what);
	reader->damaged = true;
}

/*
 * Pin a page of the levels above the leaves, and check it.  A soft reader may
 * get a page that is not to be used.
 */
Page
smol_load_inner(SmolReader *reader, int level, BlockNumber blkno)
{
	Buffer	   *buffer = &reader->inner_buffers[level];
	Page		page;
	const char *wrong;

	reader->sought = false;
	*buffer = ReleaseAndReadBuffer(*buffer, reader->index, blkno);
	page = BufferGetPage(*buffer);
	wrong = smol_check_page(page, SMOL_PAGE_INNER, level, blkno, reader->ninner);
	if (wrong)
		report_damage(reader, blkno, wrong);
	return page;
}

/*
 * Make a leaf that the caller has pinned the current one.
 */
void
smol_take_leaf(SmolReader *reader, uint32 leaf, Buffer buffer)
{
	BlockNumber blkno = reader->segment->first_leaf + leaf;
	Page		page = BufferGetPage(buffer);
	const char *wrong;

	if (BufferIsValid(reader->leaf_buffer))
		ReleaseBuffer(reader->leaf_buffer);
	reader->leaf_buffer = buffer;
	wrong = smol_check_page(page, SMOL_PAGE_LEAF, 0, blkno, reader->meta.ncolumns);
	if (wrong)
	{
		ReleaseBuffer(reader->leaf_buffer);
		reader->leaf_buffer = InvalidBuffer;
		report_damage(reader, blkno, wrong);
		return;
	}
	reader->leaf = leaf;
	reader->leaf_rows = SmolPageGetPack(page)->nrows;
	reader->leaf_first_row = SmolPageGetPack(page)->first_row;
}

/*
 * Pin a leaf and make it the current one.
 */
void
smol_load_leaf(SmolReader *reader, uint32 leaf)
{
	if (smol_on_leaf(reader, leaf))
		return;

	Assert(leaf < reader->segment->nleaves);
	smol_take_leaf(reader, leaf,
				   ReadBuffer(reader->index, reader->segment->first_leaf + leaf));
}

/* Seek in a chunk of a page. */
static uint32
seek_chunk(SmolReader *reader, BlockNumber blkno, const SmolChunk *chunk,
		   uint32 lo, uint32 hi, const SmolKey *key, SmolBound bound)
{
	uint32		pos = smol_seek_chunk(chunk, lo, hi - lo, key, bound);

	if (unlikely(pos == SMOL_SEEK_CORRUPT))
	{
		report_damage(reader, blkno, "column can't be searched");
		return lo;
	}
	return pos;
}

/* Likewise, where it is most likely that few rows come before the position. */
static uint32
seek_nearby(SmolReader *reader, BlockNumber blkno, const SmolChunk *chunk,
			uint32 lo, uint32 hi, const SmolKey *key, SmolBound bound)
{
	if (hi - lo > 2 * NEARBY_ROWS)
	{
		uint32		end = lo + NEARBY_ROWS;

		lo = seek_chunk(reader, blkno, chunk, lo, end, key, bound);
		if (lo < end)
			return lo;
	}
	return seek_chunk(reader, blkno, chunk, lo, hi, key, bound);
}

/*
 * Where does the search key stand among the rows of a page whose key columns
 * start at 'column'?  Returns a position in [from, rows]; rows before 'from' are
 * known to come before it.
 */
static uint32
search_page(SmolReader *reader, const SmolColumnDesc *descs, Page page,
			BlockNumber blkno, int column, uint32 from,
			const SmolSearchKey *search)
{
	const SmolMetaPageData *meta = &reader->meta;
	uint32		lo = from;
	uint32		hi = SmolPageGetPack(page)->nrows;

	for (int i = 0; i < search->nkeys; i++)
	{
		const SmolKey *key = &search->columns[i].key;
		bool		last = i == search->nkeys - 1;
		SmolChunk	values;
		SmolChunk	nulls;
		bool		has_nulls = smol_page_chunk(page, &descs[column + i],
												column + i, &values, &nulls);

		if (has_nulls)
		{
			/* among rows equal so far, NULLs stand together at one end */
			bool		first = (meta->columns[i].flags & SMOL_COLUMN_NULLS_FIRST) != 0;
			SmolKey		want = {.direct = true,.descending = first,.word = first ? 0 : 1};
			uint32		edge = seek_chunk(reader, blkno, &nulls, lo, hi, &want,
										  SMOL_BOUND_LOWER);

			if (search->columns[i].isnull == first)
				hi = edge;
			else
				lo = edge;
		}
		else if (search->columns[i].isnull)
		{
			/* no NULL here: before or after all */
			return (meta->columns[i].flags & SMOL_COLUMN_NULLS_FIRST) ? lo : hi;
		}

		if (search->columns[i].isnull)
		{
			if (last || lo == hi)
				return search->bound == SMOL_BOUND_LOWER ? lo : hi;
			continue;
		}
		if (last)
			return from > 0 ?
				seek_nearby(reader, blkno, &values, lo, hi, key, search->bound) :
				seek_chunk(reader, blkno, &values, lo, hi, key, search->bound);

		lo = seek_chunk(reader, blkno, &values, lo, hi, key, SMOL_BOUND_LOWER);
		hi = seek_chunk(reader, blkno, &values, lo, hi, key, SMOL_BOUND_UPPER);
		if (lo >= hi)
			return lo;
	}
	return search->bound == SMOL_BOUND_LOWER ? lo : hi;
}

/* A word of an inner page that is never NULL. */
int64
smol_inner_word(SmolReader *reader, Page page, BlockNumber blkno, int column, uint32 child)
{
	SmolChunk	chunk;
	SmolChunk	nulls;
	int64		word = 0;
	SmolVec		vec = {.words = &word};

	(void) smol_page_chunk(page, &reader->inner[column], column, &chunk, &nulls);
	if (!smol_decode_chunk(&chunk, child, 1, &vec))
		report_damage(reader, blkno, "inner page does not decode");
	return word;
}

/* The block of a child of an inner page. */
BlockNumber
smol_child_block(SmolReader *reader, Page page, BlockNumber blkno, int level, uint32 child)
{
	const SmolSegment *segment = reader->segment;
	int64		block = smol_inner_word(reader, page, blkno, SMOL_INNER_CHILD, child);

	if (block <= SMOL_META_BLKNO || block >= segment->root ||
		(level == 1 && (block < segment->first_leaf ||
						block >= (int64) segment->first_leaf + segment->nleaves)))
		report_damage(reader, blkno, "child is out of bounds");
	return (BlockNumber) block;
}

/*
 * The position of a search key in the current leaf: in [from, leaf_rows].  Rows
 * before 'from' must be known to come before it.
 */
uint32
smol_seek_leaf_from(SmolReader *reader, uint32 from, const SmolSearchKey *key)
{
	Assert(from <= reader->leaf_rows);
	return search_page(reader, reader->meta.columns,
					   BufferGetPage(reader->leaf_buffer),
					   reader->segment->first_leaf + reader->leaf, 0, from, key);
}

/*
 * The first position in the segment that is not before the bound.  Leaves the
 * leaf that the search ended on pinned.
 */
SmolPos
smol_seek(SmolReader *reader, const SmolSearchKey *key)
{
	const SmolSegment *segment = reader->segment;
	BlockNumber blkno = segment->root;
	SmolPos		pos = {0, 0};

	if (segment->nrows == 0)
		return pos;

	for (int level = segment->height; level > 0; level--)
	{
		Page		page = smol_load_inner(reader, level, blkno);
		uint32		child;

		/* nothing on the page is in bounds then */
		if (unlikely(reader->damaged))
			return pos;
		child = search_page(reader, reader->inner, page, blkno,
							SMOL_INNER_FIXED, 0, key);

		/*
		 * Children up to and without 'child' start before the bound, so the
		 * last of these is where the bound falls, or else the row after its
		 * last.
		 */
		if (child > 0)
			child--;
		blkno = smol_child_block(reader, page, blkno, level, child);
		if (unlikely(reader->damaged))
			return pos;
		reader->sought_child = child;
	}

	pos.leaf = blkno - segment->first_leaf;
	reader->sought = true;
	reader->sought_leaf = pos.leaf;
	smol_load_leaf(reader, pos.leaf);
	if (unlikely(reader->damaged))
		return pos;
	pos.row = smol_seek_leaf(reader, key);
	if (pos.row >= reader->leaf_rows)
	{
		pos.leaf++;
		pos.row = 0;
	}
	return pos;
}

/*
 * Number of rows in the segment before the bound: a descent.  A soft reader
 * that has met damage gives a number without meaning.
 */
uint64
smol_rank(SmolReader *reader, const SmolSearchKey *key)
{
	SmolPos		pos;

	if (reader->segment->nrows == 0)
		return 0;
	pos = smol_seek(reader, key);
	if (reader->damaged)
		return 0;
	if (pos.leaf == reader->leaf)
		return reader->leaf_first_row + pos.row;
	return reader->leaf_first_row + reader->leaf_rows;
}

/* ---- where rows come from ---- */

/* The child of an inner page that has a row. */
static uint32
child_of_row(SmolReader *reader, Page page, BlockNumber blkno, uint64 row)
{
	SmolKey		key = {.direct = true,.word = (int64) row};
	uint32		n = SmolPageGetPack(page)->nrows;
	SmolChunk	chunk;
	SmolChunk	nulls;
	uint32		child;

	(void) smol_page_chunk(page, &reader->inner[SMOL_INNER_FIRST_ROW],
						   SMOL_INNER_FIRST_ROW, &chunk, &nulls);
	child = smol_seek_chunk(&chunk, 0, n, &key, SMOL_BOUND_UPPER);
	if (child == 0 || child > n)
	{
		report_damage(reader, blkno, "row number is out of bounds");
		return 0;
	}
	return child - 1;
}

/*
 * Take children [first, last] of an inner page into the union.
 */
static void
unite_children(SmolReader *reader, Page page, BlockNumber blkno, uint32 first,
			   uint32 last, SmolBlockRange *blocks, ItemPointer root)
{
	int64		witness;

	for (uint32 at = first; at <= last;)
	{
		int64		low[64];
		int64		high[64];
		SmolVec		vecs[] = {{.words = low}, {.words = high}};
		uint32		n = Min(last - at + 1, lengthof(low));
		SmolChunk	chunk;
		SmolChunk	nulls;

		for (int i = 0; i < 2; i++)
		{
			int			column = i == 0 ? SMOL_INNER_HEAP_MIN : SMOL_INNER_HEAP_MAX;

			(void) smol_page_chunk(page, &reader->inner[column], column, &chunk, &nulls);
			if (!smol_decode_chunk(&chunk, at, n, &vecs[i]))
			{
				report_damage(reader, blkno, "inner page does not decode");
				return;
			}
		}
		for (uint32 i = 0; i < n; i++)
		{
			if (low[i] < reader->segment->heap_start || low[i] > high[i] ||
				high[i] > reader->segment->last_block)
			{
				report_damage(reader, blkno, "heap block is out of bounds");
				return;
			}
			blocks->first = Min(blocks->first, (BlockNumber) low[i]);
			blocks->last = Max(blocks->last, (BlockNumber) high[i]);
		}
		at += n;
	}

	if (ItemPointerIsValid(root))
		return;
	witness = smol_inner_word(reader, page, blkno, SMOL_INNER_WITNESS, first);
	if (witness < 0 || witness >> 16 < blocks->first || witness >> 16 > blocks->last ||
		(witness & 0xffff) < FirstOffsetNumber ||
		(witness & 0xffff) > MaxHeapTuplesPerPage)
	{
		report_damage(reader, blkno, "witness is out of bounds");
		return;
	}
	ItemPointerSet(root, (BlockNumber) (witness >> 16), (OffsetNumber) (witness & 0xffff));
}

/*
 * Rows [first, end) below an inner page: their heap blocks, widened to those
 * of the leaves that they are on.  Only the children at the ends need a closer
 * look.
 */
static void
unite_rows(SmolReader *reader, int level, BlockNumber blkno, uint64 first,
		   uint64 end, SmolBlockRange *blocks, ItemPointer root)
{
	Page		page;
	uint32		from;
	uint32		to;

	CHECK_FOR_INTERRUPTS();
	if (reader->damaged)
		return;
	page = smol_load_inner(reader, level, blkno);
	if (reader->damaged)
		return;
	from = child_of_row(reader, page, blkno, first);
	to = child_of_row(reader, page, blkno, end - 1);
	if (level > 1)
	{
		uint64		from_row = smol_inner_word(reader, page, blkno, SMOL_INNER_FIRST_ROW, from);
		uint64		to_row = smol_inner_word(reader, page, blkno, SMOL_INNER_FIRST_ROW, to);
		uint64		to_end = to_row + smol_inner_word(reader, page, blkno, SMOL_INNER_NROWS, to);

		if (from == to)
		{
			if (first > from_row || end < to_end)
			{
				unite_rows(reader, level - 1,
						   smol_child_block(reader, page, blkno, level, from),
						   first, end, blocks, root);
				return;
			}
		}
		else if (from < to)
		{
			if (first > from_row)
			{
				unite_rows(reader, level - 1,
						   smol_child_block(reader, page, blkno, level, from), first,
						   smol_inner_word(reader, page, blkno, SMOL_INNER_FIRST_ROW, from + 1),
						   blocks, root);
				from++;
			}
			if (end < to_end)
			{
				unite_rows(reader, level - 1,
						   smol_child_block(reader, page, blkno, level, to),
						   to_row, end, blocks, root);
				to--;
			}
		}
	}
	if (from <= to)
		unite_children(reader, page, blkno, from, to, blocks, root);
}

/*
 * The heap blocks that the rows from lo up to but without hi come from, and
 * maybe others.  There must be such rows.  'root' becomes the root TID of a row
 * on a leaf of the range, so it is of one of these blocks.
 */
void
smol_rows_to_blocks(SmolReader *reader, SmolPos lo, SmolPos hi,
					SmolBlockRange *blocks, ItemPointer root)
{
	uint64		first;
	uint64		end;

	Assert(smol_pos_before(lo, hi));
	blocks->first = InvalidBlockNumber;
	blocks->last = 0;
	ItemPointerSetInvalid(root);

	/* a lookup: the page that led to the leaf is still pinned */
	if (reader->sought && lo.leaf == reader->sought_leaf &&
		smol_pos_before(hi, smol_pos(lo.leaf + 1, 1)))
	{
		Buffer		parent = reader->inner_buffers[1];

		unite_children(reader, BufferGetPage(parent), BufferGetBlockNumber(parent),
					   reader->sought_child, reader->sought_child, blocks, root);
		return;
	}

	smol_load_leaf(reader, hi.row > 0 ? hi.leaf : hi.leaf - 1);
	if (reader->damaged)
		return;
	end = reader->leaf_first_row + (hi.row > 0 ? hi.row : reader->leaf_rows);
	smol_load_leaf(reader, lo.leaf);
	if (reader->damaged)
		return;
	first = reader->leaf_first_row + lo.row;
	if (first >= end || end > reader->segment->nrows)
	{
		report_damage(reader, reader->segment->first_leaf + lo.leaf,
					  "row number is out of bounds");
		return;
	}
	unite_rows(reader, reader->segment->height, reader->segment->root, first, end,
			   blocks, root);
	if (!ItemPointerIsValid(root))
		report_damage(reader, reader->segment->root, "row number is out of bounds");
}

/*
 * See to it that a vector has the arena that decoding n values of the chunk
 * takes; it lives where the slices do.
 */
void
smol_enlarge_arena(SmolReader *reader, BlockNumber blkno, SmolVec *vec,
				   const SmolChunk *chunk, uint32 n)
{
	Size		size = smol_arena_size(chunk, n);

	/* no page has that many strings: what it says of rows or lengths is wrong */
	if (unlikely(!AllocSizeIsValid(size)))
		smol_report_corrupt(reader->index, blkno, "strings are too many, or too long");

	if (size <= vec->arena_size)
		return;
	if (vec->arena)
		pfree(vec->arena);
	vec->arena = MemoryContextAlloc(GetMemoryChunkContext(vec->slices), size);
	vec->arena_size = size;
}

/*
 * Decode rows [first, first + n) of a column of the current leaf.  Returns
 * whether any may be NULL; nulls (if given) is filled only then.
 *
 * Slices must be palloc'd.  What slices point to lives as long as the leaf is
 * pinned and the vector is not decoded to again.
 */
bool
smol_decode_column(SmolReader *reader, int column, uint32 first, uint32 n,
				   SmolVec *vec, int64 *nulls)
{
	SmolChunk	values;
	SmolChunk	map;
	bool		has_nulls;

	Assert((uint64) first + n <= reader->leaf_rows);
	has_nulls = smol_page_chunk(BufferGetPage(reader->leaf_buffer),
								&reader->meta.columns[column], column,
								&values, &map);
	if (vec && vec->slices)
		smol_enlarge_arena(reader, reader->segment->first_leaf + reader->leaf,
						   vec, &values, n);
	if (vec && !smol_decode_chunk(&values, first, n, vec))
		smol_report_corrupt(reader->index,
							reader->segment->first_leaf + reader->leaf,
							"column does not decode");
	if (has_nulls && nulls)
	{
		SmolVec		out = {.words = nulls};

		if (!smol_decode_chunk(&map, first, n, &out))
			smol_report_corrupt(reader->index,
								reader->segment->first_leaf + reader->leaf,
								"null map does not decode");
	}
	return has_nulls;
}
