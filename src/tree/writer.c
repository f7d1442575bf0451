/*-------------------------------------------------------------------------
 *
 * writer.c
 *	  Writes a segment, bottom up, from sorted rows.
 *
 * Leaves go to the file as they fill (packer.c), so they are contiguous.  What
 * the level above must know of each is spooled in a temporary file, and becomes
 * the next level when the one below is complete, until one page is left: the
 * root.  Inner pages are packed like leaves: a row there describes a child.
 *
 * This code sorts nothing, and knows nothing about the heap.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/writer.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "codec/kernels.h"
#include "common/int128.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "tree/packer.h"
#include "tree/smolbloom.h"
#include "tree/smolwriter.h"
#include "utils/injection_point.h"
#include "utils/memutils.h"

/* Longest string that the levels above keep as min or max; see stats_limit. */
#define MAX_STATS_BYTES		64
#define ALL_STATS_BYTES		512

/*
 * Most bytes that a column's chunk takes besides the bytes of its strings: the
 * plain codec takes any column.
 */
#define CHUNK_OVERHEAD(rows)	(8 * (rows))

/* The null map of one row or two: a bit each, packed. */
#define NULL_MAP_BYTES			10

struct SmolWriter
{
	Relation	index;
	const SmolMetaPageData *meta;
	BulkWriteState *bulk;
	BlockNumber next_block;
	SmolPacker *packer;
	SmolBloomWriter *bloom;		/* NULL: no bloom filters */
	BufFile    *spool;			/* rows of the level above */
	uint64		spooled;
	uint64		next_row;		/* row number of the page's first row */
	SmolColumnDesc inner[SMOL_MAX_INNER_COLUMNS];
	int			ninner;
	uint32		stats_limit;
	SmolValue  *row;			/* a row of the level above in the making */
	bool	   *rownull;
};

/*
 * The columns of an inner page; returns their number.  out has room for
 * SMOL_MAX_INNER_COLUMNS.
 */
int
smol_inner_columns(const SmolMetaPageData *meta, SmolColumnDesc *out)
{
	const SmolColumnDesc word = {.image = SMOL_IMAGE_INT8};
	int			n = 0;

	while (n < SMOL_INNER_FIXED)
		out[n++] = word;
	for (int i = 0; i < meta->nkeys; i++)
		out[n++] = meta->columns[i];
	for (int i = 0; i < meta->ncolumns; i++)
	{
		const SmolColumnDesc *col = &meta->columns[i];

		if (meta->flags & SMOL_META_NULLS)
			out[n++] = word;
		if (col->stats & SMOL_STATS_MINMAX)
		{
			out[n++] = *col;
			out[n++] = *col;
		}
		if (col->stats & SMOL_STATS_SUM)
		{
			out[n++] = word;
			out[n++] = word;
		}
	}
	if (smol_has_bloom(meta))
		out[n++] = word;
	Assert(n <= SMOL_MAX_INNER_COLUMNS);
	return n;
}

/*
 * Number of the first statistics column of a column of the index.
 */
int
smol_inner_stats(const SmolMetaPageData *meta, int column)
{
	int			n = SMOL_INNER_FIXED + meta->nkeys;

	for (int i = 0; i < column; i++)
	{
		if (meta->flags & SMOL_META_NULLS)
			n++;
		if (meta->columns[i].stats & SMOL_STATS_MINMAX)
			n += 2;
		if (meta->columns[i].stats & SMOL_STATS_SUM)
			n += 2;
	}
	return n;
}

/*
 * A string longer than this has no min and max above the leaves.
 */
static uint32
stats_limit(const SmolMetaPageData *meta)
{
	int			strings = 0;

	for (int i = 0; i < meta->ncolumns; i++)
		if (!SmolImageIsWord(meta->columns[i].image))
			strings++;
	return strings == 0 ? 0 : Min(MAX_STATS_BYTES, ALL_STATS_BYTES / strings);
}

/*
 * The widest row that an index can take: key_bytes bounds the bytes of strings
 * in key columns (an inner page must hold two separators), row_bytes those in
 * all columns (a leaf must hold one row).  Both count a column that is not a
 * string as nothing.
 */
void
smol_row_limits(const SmolMetaPageData *meta, Size *key_bytes, Size *row_bytes)
{
	SmolColumnDesc inner[SMOL_MAX_INNER_COLUMNS];
	int			ninner = smol_inner_columns(meta, inner);
	Size		limit = stats_limit(meta);
	int64		room = SMOL_PAGE_ROOM - sizeof(SmolPackHeader);
	int			keys_end = SMOL_INNER_FIXED + meta->nkeys;
	bool		may_be_null[SMOL_MAX_INNER_COLUMNS] = {false};
	bool		nulls = (meta->flags & SMOL_META_NULLS) != 0;

	for (int i = 0; i < meta->nkeys; i++)
		may_be_null[SMOL_INNER_FIXED + i] = nulls;
	for (int i = 0; i < meta->ncolumns; i++)
	{
		uint8		image = meta->columns[i].image;
		int			at = smol_inner_stats(meta, i) + (nulls ? 1 : 0);

		/* long strings, and a NaN among decimals: not known */
		if (meta->columns[i].stats & SMOL_STATS_MINMAX)
		{
			may_be_null[at] = may_be_null[at + 1] =
				nulls || !SmolImageIsWord(image) || image == SMOL_IMAGE_DECIMAL;
			at += 2;
		}
		if (meta->columns[i].stats & SMOL_STATS_SUM)
			may_be_null[at] = may_be_null[at + 1] = image == SMOL_IMAGE_DECIMAL;
	}

	/* two children */
	for (int i = 0; i < ninner; i++)
	{
		room -= sizeof(SmolChunkRef) + CHUNK_OVERHEAD(2);
		if (i >= keys_end && !SmolImageIsWord(inner[i].image))
			room -= 2 * limit;
		if (may_be_null[i])
			room -= sizeof(SmolChunkRef) + NULL_MAP_BYTES;
	}
	*key_bytes = room > 0 ? room / 2 : 0;

	/* one row */
	room = SMOL_PAGE_ROOM - sizeof(SmolPackHeader);
	for (int i = 0; i < meta->ncolumns; i++)
	{
		room -= sizeof(SmolChunkRef) + CHUNK_OVERHEAD(1);
		if (nulls)
			room -= sizeof(SmolChunkRef) + NULL_MAP_BYTES;
	}
	*row_bytes = room > 0 ? room : 0;
}

SmolWriter *
smol_begin_write(Relation index, const SmolMetaPageData *meta)
{
	SmolWriter *writer = palloc0(sizeof(SmolWriter));

	writer->index = index;
	writer->meta = meta;
	writer->bulk = smgr_bulk_start_rel(index, MAIN_FORKNUM);
	writer->next_block = SMOL_META_BLKNO + 1;
	writer->packer = smol_make_packer(SMOL_PAGE_LEAF, 0, meta->columns, meta->ncolumns);
	writer->bloom = smol_begin_bloom(meta);
	writer->ninner = smol_inner_columns(meta, writer->inner);
	writer->stats_limit = stats_limit(meta);
	writer->row = palloc0(sizeof(SmolValue) * writer->ninner);
	writer->rownull = palloc0(sizeof(bool) * writer->ninner);
	return writer;
}

/* Put writer->row in the spool. */
static void
spool_row(SmolWriter *writer)
{
	if (writer->spool == NULL)
		writer->spool = BufFileCreateTemp(false);
	for (int i = 0; i < writer->ninner; i++)
	{
		uint8		null = writer->rownull[i];

		BufFileWrite(writer->spool, &null, 1);
		if (null)
			continue;
		if (SmolImageIsWord(writer->inner[i].image))
			BufFileWrite(writer->spool, &writer->row[i].word, sizeof(int64));
		else
		{
			BufFileWrite(writer->spool, &writer->row[i].slice.len, sizeof(uint32));
			BufFileWrite(writer->spool, writer->row[i].slice.ptr,
						 writer->row[i].slice.len);
		}
	}
	writer->spooled++;
}

/* Read a spooled row into writer->row; strings go to the current context. */
static void
unspool_row(SmolWriter *writer, BufFile *spool)
{
	for (int i = 0; i < writer->ninner; i++)
	{
		uint8		null;

		BufFileReadExact(spool, &null, 1);
		writer->rownull[i] = null;
		memset(&writer->row[i], 0, sizeof(SmolValue));
		if (null)
			continue;
		if (SmolImageIsWord(writer->inner[i].image))
			BufFileReadExact(spool, &writer->row[i].word, sizeof(int64));
		else
		{
			uint8	   *bytes;

			BufFileReadExact(spool, &writer->row[i].slice.len, sizeof(uint32));
			bytes = palloc(Max(writer->row[i].slice.len, 1));
			BufFileReadExact(spool, bytes, writer->row[i].slice.len);
			writer->row[i].slice.ptr = bytes;
		}
	}
}

/* Order of two values for min and max: type order for words, memcmp for bytes. */
static inline int
stats_order(const SmolColumnDesc *desc, SmolValue a, SmolValue b)
{
	if (SmolImageIsInt(desc->image))
		return a.word < b.word ? -1 : a.word > b.word ? 1 : 0;
	if (SmolImageIsWord(desc->image))
		return smol_compare_floats(smol_word_to_float(desc->image, a.word),
								   smol_word_to_float(desc->image, b.word));
	return smol_compare_slices(a.slice, b.slice);
}

/*
 * Put a min or max in the row for the level above; a NULL says "not known"
 * (or, in a column that is all NULL, that there is none).
 */
static void
set_stats(SmolWriter *writer, int i, const SmolValue *value)
{
	bool		known = value != NULL &&
		(SmolImageIsWord(writer->inner[i].image) ||
		 value->slice.len <= writer->stats_limit);

	writer->rownull[i] = !known;
	if (known)
		writer->row[i] = *value;
}

/* The same for a sum. */
static void
set_sum(SmolWriter *writer, int i, bool known, INT128 sum)
{
	writer->rownull[i] = writer->rownull[i + 1] = !known;
	if (!known)
		return;
#ifdef USE_NATIVE_INT128
	writer->row[i].word = (int64) (uint64) sum;
	writer->row[i + 1].word = (int64) (sum >> 64);
#else
	writer->row[i].word = (int64) sum.lo;
	writer->row[i + 1].word = sum.hi;
#endif
}

static INT128
get_sum(int64 lo, int64 hi)
{
#ifdef USE_NATIVE_INT128
	return (INT128) (((uint128) (uint64) hi << 64) | (uint64) lo);
#else
	INT128		sum;

	sum.lo = (uint64) lo;
	sum.hi = hi;
	return sum;
#endif
}

static INT128
add_sums(INT128 a, INT128 b)
{
#ifdef USE_NATIVE_INT128
	return a + b;
#else
	uint64		lo = a.lo + b.lo;

	a.hi += b.hi + (lo < a.lo);
	a.lo = lo;
	return a;
#endif
}

/* What is known of the first rows of a leaf's column. */
typedef struct ColumnStats
{
	uint32		nnulls;
	bool		known;			/* false: a NaN leaves nothing known of
								 * decimals */
	SmolValue	min;
	SmolValue	max;
	INT128		sum;
} ColumnStats;

/* Of integers, none of which is NULL. */
static void
get_int_stats(const SmolColumnDesc *desc, const int64 *words, uint32 nrows,
			  ColumnStats *stats)
{
	stats->min.word = smol_min_word(words, nrows);
	stats->max.word = smol_max_word(words, nrows);
	if (desc->image == SMOL_IMAGE_DECIMAL && stats->max.word == SMOL_DECIMAL_NAN)
		stats->known = false;
	else if (desc->stats & SMOL_STATS_SUM)
	{
		int128		sum = smol_sum_words(words, nrows);

		stats->sum = get_sum((int64) (uint64) sum, (int64) (sum >> 64));
	}
}

/* Of floats, none of which is NULL. */
static pg_attribute_always_inline void
get_float_stats(const SmolColumnDesc *desc, const int64 *words, uint32 nrows,
				uint8 image, ColumnStats *stats)
{
	double		min = smol_word_to_float(image, words[0]);
	double		max = min;
	uint32		min_row = 0;
	uint32		max_row = 0;

	for (uint32 i = 1; i < nrows; i++)
	{
		double		value = smol_word_to_float(image, words[i]);

		/* the first of those that are equal, as they need not be the same */
		if (unlikely(smol_compare_floats(value, min) < 0))
		{
			min = value;
			min_row = i;
		}
		if (unlikely(smol_compare_floats(value, max) > 0))
		{
			max = value;
			max_row = i;
		}
	}
	stats->min.word = words[min_row];
	stats->max.word = words[max_row];
}

/* Of a column of any kind. */
static void
get_stats(const SmolColumnDesc *desc, const SmolPackColumn *col, uint32 nrows,
		  ColumnStats *stats)
{
	bool		has_nulls = col->first_null < nrows;
	uint32		nstrings = 0;

	memset(stats, 0, sizeof(*stats));
	stats->known = true;
	stats->sum = get_sum(0, 0);
	if (SmolImageIsInt(desc->image) && !has_nulls)
	{
		get_int_stats(desc, col->words, nrows, stats);
		return;
	}
	if (desc->image == SMOL_IMAGE_FLOAT4 && !has_nulls)
	{
		get_float_stats(desc, col->words, nrows, SMOL_IMAGE_FLOAT4, stats);
		return;
	}
	if (desc->image == SMOL_IMAGE_FLOAT8 && !has_nulls)
	{
		get_float_stats(desc, col->words, nrows, SMOL_IMAGE_FLOAT8, stats);
		return;
	}
	if (!has_nulls && !(desc->stats & (SMOL_STATS_MINMAX | SMOL_STATS_SUM)))
		return;

	for (uint32 i = 0; i < nrows; i++)
	{
		SmolValue	value;

		if (has_nulls && col->nulls[i])
		{
			stats->nnulls++;
			continue;
		}
		if (desc->image == SMOL_IMAGE_DECIMAL &&
			col->words[i] == SMOL_DECIMAL_NAN)
			stats->known = false;
		if (desc->stats & SMOL_STATS_SUM)
			int128_add_int64(&stats->sum, col->words[i]);
		if (!(desc->stats & SMOL_STATS_MINMAX))
			continue;

		/* each string once, as far as that is known */
		if (col->lane == SMOL_LANE_BYTES && !has_nulls)
		{
			if (i < col->nnumbers)
			{
				if (col->numbers[i] < nstrings)
					continue;
				nstrings++;
			}
			else if (i > 0 && col->slices[i].ptr == col->slices[i - 1].ptr)
				continue;
		}
		value = smol_packed_value(col, i);
		if (i == stats->nnulls || stats_order(desc, value, stats->min) < 0)
			stats->min = value;
		if (i == stats->nnulls || stats_order(desc, value, stats->max) > 0)
			stats->max = value;
	}
}

/*
 * What the level above must know of the first nrows rows of a leaf's packer.
 */
static void
summarize_leaf(SmolWriter *writer, uint32 nrows)
{
	const SmolMetaPageData *meta = writer->meta;
	SmolPacker *packer = writer->packer;
	SmolValue  *row = writer->row;
	int64		heap_min = smol_min_word(packer->tids, nrows);
	int64		heap_max = smol_max_word(packer->tids, nrows);
	int			out = SMOL_INNER_FIXED;

	memset(writer->rownull, 0, sizeof(bool) * writer->ninner);
	row[SMOL_INNER_CHILD].word = writer->next_block;
	row[SMOL_INNER_FIRST_ROW].word = (int64) writer->next_row;
	row[SMOL_INNER_NROWS].word = nrows;
	row[SMOL_INNER_HEAP_MIN].word = heap_min >> 16;
	row[SMOL_INNER_HEAP_MAX].word = heap_max >> 16;
	row[SMOL_INNER_WITNESS].word = heap_min;

	for (int i = 0; i < meta->nkeys; i++, out++)
	{
		row[out] = smol_packed_value(&packer->columns[i], 0);
		writer->rownull[out] = packer->columns[i].first_null == 0;
	}

	for (int c = 0; c < meta->ncolumns; c++)
	{
		const SmolColumnDesc *desc = &meta->columns[c];
		ColumnStats stats;
		bool		any;

		get_stats(desc, &packer->columns[c], nrows, &stats);
		any = stats.known && stats.nnulls < nrows;
		if (meta->flags & SMOL_META_NULLS)
			row[out++].word = stats.nnulls;
		if (desc->stats & SMOL_STATS_MINMAX)
		{
			set_stats(writer, out++, any ? &stats.min : NULL);
			set_stats(writer, out++, any ? &stats.max : NULL);
		}
		if (desc->stats & SMOL_STATS_SUM)
		{
			set_sum(writer, out, stats.known, stats.sum);
			out += 2;
		}
	}
	if (writer->bloom)
		row[out++].word = smol_add_bloom(writer->bloom, packer, nrows,
										 (uint32) writer->spooled);
	Assert(out == writer->ninner);
}

/*
 * The same for the first nrows rows of an inner page's packer.
 */
static void
summarize_inner(SmolWriter *writer, SmolPacker *packer, uint32 nrows)
{
	const SmolMetaPageData *meta = writer->meta;
	SmolValue  *row = writer->row;
	SmolPackColumn *cols = packer->columns;
	int			out = SMOL_INNER_FIXED;

	memset(writer->rownull, 0, sizeof(bool) * writer->ninner);
	row[SMOL_INNER_CHILD].word = writer->next_block;
	row[SMOL_INNER_FIRST_ROW].word = cols[SMOL_INNER_FIRST_ROW].words[0];
	row[SMOL_INNER_NROWS].word = 0;
	row[SMOL_INNER_HEAP_MIN].word = PG_INT64_MAX;
	row[SMOL_INNER_HEAP_MAX].word = 0;
	row[SMOL_INNER_WITNESS].word = cols[SMOL_INNER_WITNESS].words[0];
	for (uint32 i = 0; i < nrows; i++)
	{
		row[SMOL_INNER_NROWS].word += cols[SMOL_INNER_NROWS].words[i];
		row[SMOL_INNER_HEAP_MIN].word = Min(row[SMOL_INNER_HEAP_MIN].word,
											cols[SMOL_INNER_HEAP_MIN].words[i]);
		row[SMOL_INNER_HEAP_MAX].word = Max(row[SMOL_INNER_HEAP_MAX].word,
											cols[SMOL_INNER_HEAP_MAX].words[i]);
	}
	for (int i = 0; i < meta->nkeys; i++, out++)
	{
		row[out] = smol_packed_value(&cols[out], 0);
		writer->rownull[out] = cols[out].first_null == 0;
	}

	for (int c = 0; c < meta->ncolumns; c++)
	{
		const SmolColumnDesc *desc = &meta->columns[c];
		const SmolPackColumn *nulls = NULL;

		if (meta->flags & SMOL_META_NULLS)
		{
			nulls = &cols[out];
			row[out].word = 0;
			for (uint32 i = 0; i < nrows; i++)
				row[out].word += nulls->words[i];
			out++;
		}
		if (desc->stats & SMOL_STATS_MINMAX)
		{
			for (int side = 0; side < 2; side++, out++)
			{
				const SmolPackColumn *col = &cols[out];
				const SmolValue *best = NULL;
				SmolValue	value;
				SmolValue	kept;
				bool		known = true;

				for (uint32 i = 0; i < nrows && known; i++)
				{
					if (col->first_null < nrows && col->nulls[i])
					{
						/* all NULL below is no matter; unknown below is */
						known = nulls != NULL &&
							nulls->words[i] == cols[SMOL_INNER_NROWS].words[i];
						continue;
					}
					value = smol_packed_value(col, i);
					if (best == NULL ||
						(side == 0 ? stats_order(desc, value, kept) < 0 :
						 stats_order(desc, value, kept) > 0))
					{
						kept = value;
						best = &kept;
					}
				}
				set_stats(writer, out, known ? best : NULL);
			}
		}
		if (desc->stats & SMOL_STATS_SUM)
		{
			INT128		sum = get_sum(0, 0);
			bool		known = cols[out].first_null >= nrows;

			for (uint32 i = 0; i < nrows && known; i++)
				sum = add_sums(sum, get_sum(cols[out].words[i], cols[out + 1].words[i]));
			set_sum(writer, out, known, sum);
			out += 2;
		}
	}
	if (writer->bloom)
	{
		row[out].word = cols[out].words[0];
		out++;
	}
	Assert(out == writer->ninner);
}

/*
 * Write the page that a packer has filled with nrows rows as the next one of
 * the file, and tell the level above.
 */
static void
write_page(SmolWriter *writer, SmolPacker *packer, uint32 nrows)
{
	BulkWriteBuffer buf = smgr_bulk_get_buf(writer->bulk);
	bool		is_leaf = packer->kind == SMOL_PAGE_LEAF;
	uint64		first_row = is_leaf ? writer->next_row :
		(uint64) packer->columns[SMOL_INNER_FIRST_ROW].words[0];

	CHECK_FOR_INTERRUPTS();
	smol_take_page(packer, first_row, (Page) buf, writer->next_block);
	if (is_leaf)
	{
		summarize_leaf(writer, nrows);
		writer->next_row += nrows;
	}
	else
		summarize_inner(writer, packer, nrows);
	smgr_bulk_write(writer->bulk, writer->next_block++, buf, true);
	spool_row(writer);
	smol_drop_rows(packer);
	if (is_leaf)
		INJECTION_POINT("smol-build-leaf-written", NULL);
	else
		INJECTION_POINT("smol-build-inner-written", NULL);
}

/*
 * Add a row; rows come sorted.  Strings are copied.
 */
void
smol_write_row(SmolWriter *writer, const SmolValue *values, const bool *isnull,
			   ItemPointer root)
{
	SmolPacker *packer = writer->packer;
	uint32		nrows;

	smol_pack_row(packer, values, isnull, SmolTidGetWord(root));
	while ((nrows = smol_fill_page(packer, false)) > 0)
		write_page(writer, packer, nrows);
}

/* Write what is left in a packer. */
static void
drain(SmolWriter *writer, SmolPacker *packer)
{
	uint32		nrows;

	while ((nrows = smol_fill_page(packer, true)) > 0)
		write_page(writer, packer, nrows);
}

/*
 * All rows are in: write the last leaf, the footprint, filters and the levels above,
 * and describe the segment.
 */
void
smol_end_write(SmolWriter *writer, SmolFootprint *footprint,
			   SmolSegment *segment, void (*leaves_done) (void))
{
	MemoryContext context;

	drain(writer, writer->packer);
	smol_free_packer(writer->packer);
	writer->packer = NULL;
	if (leaves_done)
		leaves_done();
	INJECTION_POINT("smol-build-before-footprint", NULL);

	segment->nrows = writer->next_row;
	segment->nleaves = (uint32) writer->spooled;
	segment->first_leaf = writer->spooled > 0 ? SMOL_META_BLKNO + 1 : InvalidBlockNumber;
	segment->root = InvalidBlockNumber;
	segment->height = 0;
	smol_write_footprint(footprint, writer->bulk, &writer->next_block, segment);
	if (writer->bloom)
		smol_write_bloom(writer->bloom, writer->bulk, &writer->next_block, segment);
	INJECTION_POINT("smol-build-before-inner", NULL);

	context = AllocSetContextCreate(CurrentMemoryContext, "smol writer spool",
									ALLOCSET_DEFAULT_SIZES);
	while (writer->spooled > (segment->height == 0 ? 0 : 1))
	{
		BufFile    *spool = writer->spool;
		uint64		n = writer->spooled;
		SmolPacker *packer;

		segment->height++;
		if (BufFileSeek(spool, 0, 0, SEEK_SET) != 0)
			elog(ERROR, "could not rewind temporary file");
		writer->spool = NULL;
		writer->spooled = 0;
		packer = smol_make_packer(SMOL_PAGE_INNER, segment->height,
								  writer->inner, writer->ninner);
		for (uint64 i = 0; i < n; i++)
		{
			MemoryContext old = MemoryContextSwitchTo(context);
			uint32		nrows;

			unspool_row(writer, spool);
			MemoryContextSwitchTo(old);
			smol_pack_row(packer, writer->row, writer->rownull, 0);
			MemoryContextReset(context);
			while ((nrows = smol_fill_page(packer, false)) > 0)
				write_page(writer, packer, nrows);
		}
		drain(writer, packer);
		smol_free_packer(packer);
		BufFileClose(spool);
		if (writer->spooled >= n && n > 1)
			elog(ERROR, "two separators do not fit a page");
		segment->root = writer->next_block - 1;
	}
	MemoryContextDelete(context);
	if (writer->spool)
		BufFileClose(writer->spool);
	writer->spool = NULL;
}

/*
 * Write the metapage, which makes the file a valid index, and finish.
 */
void
smol_write_meta(SmolWriter *writer, const SmolMetaPageData *meta)
{
	BulkWriteBuffer buf = smgr_bulk_get_buf(writer->bulk);

	smol_init_meta((Page) buf, meta);
	smgr_bulk_write(writer->bulk, SMOL_META_BLKNO, buf, true);
	smgr_bulk_finish(writer->bulk);
	writer->bulk = NULL;
}
