/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  smol_verify: is an index what its builder meant it to be?
 *
 * Every byte of the file is looked at.  Each page must be where the layout
 * wants it, sound in structure and true to its CRC; rows must be in the order
 * of their operator classes, within a leaf and from leaf to leaf; and whatever
 * a level says of the one below (where its pages are, their first rows, row
 * counts, minima, maxima, sums, heap blocks) is worked out again and compared.
 * The code that does so is not the writer's, so that the two check each other.
 *
 * The heap is not read: that what the index holds equals what the table holds
 * is not looked into.  Nor is it asked whether the index is stale; a stale
 * index is as sound as any.
 *
 * Levels are checked bottom up, parent by parent.  A parent's rows say of
 * which pages they tell, and these must be the pages of the level below, in
 * the order of the file and each once.  So one pass over a level's parents
 * checks the children too, and all that is kept of the pages before is where
 * the next level begins and the last row's key.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/inspect/verify.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/genam.h"
#include "am/smolam.h"
#include "inspect/smolinspect.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "tree/footprint.h"
#include "tree/smoltree.h"
#include "tree/smolwriter.h"
#include "utils/guc.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(smol_verify);

/* Rows that are decoded at a time: bounds memory, whatever a page holds. */
#define BATCH_ROWS	1024

/* Some decoded rows of one column. */
typedef struct ColumnRows
{
	int64	   *words;
	SmolSlice  *slices;			/* point into the page or the rows' arenas */
	int64	   *nulls;
	bool		has_nulls;		/* else nulls is not filled */
} ColumnRows;

typedef struct Rows
{
	int			ncolumns;
	const SmolColumnDesc *descs;
	ColumnRows *columns;
	MemoryContext arenas;		/* of the page at hand */
} Rows;

/* A pinned leaf or inner page whose structure and CRC are right. */
typedef struct CheckedPage
{
	BlockNumber blkno;
	Buffer		buffer;
	Page		page;
	uint32		nrows;
	uint64		first_row;
} CheckedPage;

/* What a page's parent has to say of it: a row in an inner page's columns. */
typedef struct Summary
{
	SmolValue  *values;
	bool	   *isnull;
	bool	   *unknown;		/* a min, max or sum that can't be known from
								 * the level below */
} Summary;

/* Where an inner page keeps a column's statistics; -1: it does not. */
typedef struct StatsPlace
{
	int			nulls;
	int			minmax;			/* and the next */
	int			sum;			/* and the next */
} StatsPlace;

typedef struct Verify
{
	Relation	index;
	BlockNumber nblocks;		/* of the file */
	SmolMetaPageData meta;
	const SmolSegment *segment;
	int			ninner;
	SmolColumnDesc inner[SMOL_MAX_INNER_COLUMNS];
	StatsPlace	places[INDEX_MAX_KEYS];
	SmolComparator comparators[INDEX_MAX_KEYS];
	BufferAccessStrategy strategy;

	Rows		leaf_rows;
	Rows		inner_rows;
	Rows		parent_row;		/* one row */
	Summary		summary;		/* of a child */
	MemoryContext batch_context;	/* reset after each batch */

	/* the key of the last row so far */
	bool		have_last;
	SmolValue	last[INDEX_MAX_KEYS];
	bool		last_isnull[INDEX_MAX_KEYS];
	char	   *last_bytes[INDEX_MAX_KEYS]; /* own copies of strings */
	Size		last_size[INDEX_MAX_KEYS];

	/* the footprint, and what of it the leaves have claimed */
	SmolFootprintScan footprint;
	BlockNumber first_block;
	int64		heap_min;
	int64		heap_max;
} Verify;

/* Raise the error for a page. */
pg_noreturn static void complain(Verify *v, BlockNumber blkno, const char *fmt,...) pg_attribute_printf(3, 4);

static void
complain(Verify *v, BlockNumber blkno, const char *fmt,...)
{
	char		what[256];
	va_list		args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	smol_report_corrupt(v->index, blkno, what);
}

/* ---- one page ---- */

static bool
all_zeros(const char *start, const char *end)
{
	return start >= end || pg_memory_is_all_zeros(start, end - start);
}

/*
 * What a page's structure check leaves out because no reader looks there: the
 * bytes that nobody uses must be as the writer left them.  Then the CRC.
 */
static void
check_bytes(Verify *v, BlockNumber blkno, Page page)
{
	PageHeader	phdr = (PageHeader) page;
	SmolPageOpaque opaque = SmolPageGetOpaque(page);

	if (phdr->pd_flags != 0 || phdr->pd_prune_xid != InvalidTransactionId ||
		phdr->pd_upper != phdr->pd_special)
		complain(v, blkno, "page header is not as it was written");
	if (opaque->unused != 0 ||
		!all_zeros((char *) page + phdr->pd_lower, (char *) page + phdr->pd_upper) ||
		!all_zeros((char *) (opaque + 1), (char *) page + BLCKSZ))
		complain(v, blkno, "unused space is not zero");
	if (smol_page_crc(page) != opaque->crc)
		complain(v, blkno, "page content does not match its CRC");
}

/* Pin a block. */
static Buffer
read_block(Verify *v, BlockNumber blkno)
{
	CHECK_FOR_INTERRUPTS();
	return ReadBufferExtended(v->index, MAIN_FORKNUM, blkno, RBM_NORMAL,
							  v->strategy);
}

/*
 * Check what is on a leaf or inner page besides values: the chunks fill the
 * page one after the other, each null map belongs to one column, and every
 * codec finds its chunk sound.
 */
static void
check_chunks(Verify *v, BlockNumber blkno, Page page,
			 const SmolColumnDesc *descs, int ncolumns)
{
	SmolPackHeader *pack = SmolPageGetPack(page);
	SmolChunkRef *refs = SmolPackGetRefs(pack);
	uint32		at = (char *) &refs[pack->nchunks] - (char *) page;
	int			next_map = ncolumns;

	if (pack->unused != 0)
		complain(v, blkno, "unused space is not zero");
	for (int i = 0; i < pack->nchunks; i++)
	{
		if (refs[i].unused != 0)
			complain(v, blkno, "unused space is not zero");
		if (refs[i].offset != at)
			complain(v, blkno, "chunk %d begins at %u, not at %u",
					 i, refs[i].offset, at);
		at += refs[i].length;
		if (refs[i].nulls != 0 && refs[i].nulls != next_map++)
			complain(v, blkno, "null map of column %d is not in its place", i + 1);
	}
	if (at != ((PageHeader) page)->pd_lower)
		complain(v, blkno, "chunks end at %u, not at %u", at,
				 ((PageHeader) page)->pd_lower);
	if (next_map != pack->nchunks)
		complain(v, blkno, "null map belongs to no column");

	for (int i = 0; i < ncolumns; i++)
	{
		SmolChunk	values;
		SmolChunk	nulls;
		bool		has_nulls = smol_page_chunk(page, &descs[i], i, &values, &nulls);
		const char *wrong = smol_check_chunk(&values);

		if (wrong)
			complain(v, blkno, "column %d: %s", i + 1, wrong);
		wrong = has_nulls ? smol_check_chunk(&nulls) : NULL;
		if (wrong)
			complain(v, blkno, "null map of column %d: %s", i + 1, wrong);
	}
}

/* Check a pinned leaf or inner page for itself. */
static void
check_page(Verify *v, CheckedPage *checked, BlockNumber blkno, Buffer buffer,
		   int level)
{
	Page		page = BufferGetPage(buffer);
	int			ncolumns = level == 0 ? v->meta.ncolumns : v->ninner;
	const SmolColumnDesc *descs = level == 0 ? v->meta.columns : v->inner;
	const char *wrong = smol_check_page(page,
										level == 0 ? SMOL_PAGE_LEAF : SMOL_PAGE_INNER,
										level, blkno, ncolumns);

	if (wrong)
		complain(v, blkno, "%s", wrong);
	check_bytes(v, blkno, page);
	check_chunks(v, blkno, page, descs, ncolumns);
	checked->blkno = blkno;
	checked->buffer = buffer;
	checked->page = page;
	checked->nrows = SmolPageGetPack(page)->nrows;
	checked->first_row = SmolPageGetPack(page)->first_row;
}

static void
make_rows(Rows *rows, const SmolColumnDesc *descs, int ncolumns, uint32 capacity)
{
	rows->ncolumns = ncolumns;
	rows->descs = descs;
	rows->columns = palloc0(sizeof(ColumnRows) * ncolumns);
	rows->arenas = AllocSetContextCreate(CurrentMemoryContext, "smol verify strings",
										 ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < ncolumns; i++)
	{
		ColumnRows *col = &rows->columns[i];

		if (SmolImageIsWord(descs[i].image))
			col->words = palloc(sizeof(int64) * capacity);
		else
			col->slices = palloc(sizeof(SmolSlice) * capacity);
		col->nulls = palloc(sizeof(int64) * capacity);
	}
}

/*
 * Decode rows [first, first + n) of all columns.  Strings live until the first
 * rows of the next page are decoded; if it is for one row, until the next.
 */
static void
decode_rows(Verify *v, const CheckedPage *checked, Rows *rows,
			uint32 first, uint32 n)
{
	if (first == 0 || rows == &v->parent_row)
		MemoryContextReset(rows->arenas);
	for (int i = 0; i < rows->ncolumns; i++)
	{
		ColumnRows *col = &rows->columns[i];
		SmolChunk	values;
		SmolChunk	nulls;
		SmolVec		vec = {.words = col->words,.slices = col->slices};

		col->has_nulls = smol_page_chunk(checked->page, &rows->descs[i], i,
										 &values, &nulls);
		if (col->slices)
			vec.arena = MemoryContextAlloc(rows->arenas, smol_arena_size(&values, n));
		if (!smol_decode_chunk(&values, first, n, &vec))
			complain(v, checked->blkno, "column %d does not decode", i + 1);
		if (!col->has_nulls)
			continue;
		vec.words = col->nulls;
		if (!smol_decode_chunk(&nulls, first, n, &vec))
			complain(v, checked->blkno, "null map of column %d does not decode", i + 1);
		for (uint32 row = 0; row < n; row++)
			if (col->nulls[row] != 0 && col->nulls[row] != 1)
				complain(v, checked->blkno, "null map of column %d is neither 0 nor 1 at row %u",
						 i + 1, first + row);
	}
}

static inline bool
row_isnull(const ColumnRows *col, uint32 row)
{
	return col->has_nulls && col->nulls[row] != 0;
}

static inline SmolValue
row_value(const ColumnRows *col, uint32 row)
{
	SmolValue	value = {0};

	if (col->words)
		value.word = col->words[row];
	else
		value.slice = col->slices[row];
	return value;
}

/* Byte for byte the same? */
static inline bool
same_value(const SmolColumnDesc *desc, SmolValue a, SmolValue b)
{
	if (SmolImageIsWord(desc->image))
		return a.word == b.word;
	return a.slice.len == b.slice.len &&
		(a.slice.len == 0 || a.slice.ptr == b.slice.ptr ||
		 memcmp(a.slice.ptr, b.slice.ptr, a.slice.len) == 0);
}

/* ---- leaves: values and order ---- */

/* Is a word one that its image can hold? */
static inline bool
word_is_valid(uint8 image, int64 word)
{
	switch ((SmolImage) image)
	{
		case SMOL_IMAGE_UINT1:
			return word >= 0 && word <= PG_UINT8_MAX;
		case SMOL_IMAGE_INT2:
			return word >= PG_INT16_MIN && word <= PG_INT16_MAX;
		case SMOL_IMAGE_INT4:
			return word >= PG_INT32_MIN && word <= PG_INT32_MAX;
		case SMOL_IMAGE_UINT4:
		case SMOL_IMAGE_FLOAT4:
			return word >= 0 && word <= PG_UINT32_MAX;
		case SMOL_IMAGE_DECIMAL:
			return word == SMOL_DECIMAL_NAN ||
				(word > -SMOL_DECIMAL_LIMIT && word < SMOL_DECIMAL_LIMIT);
		default:
			return true;
	}
}

/* Bytes of a Datum that has such an image. */
static inline int
word_length(uint8 image)
{
	switch ((SmolImage) image)
	{
		case SMOL_IMAGE_UINT1:
			return 1;
		case SMOL_IMAGE_INT2:
			return 2;
		case SMOL_IMAGE_INT4:
		case SMOL_IMAGE_UINT4:
		case SMOL_IMAGE_FLOAT4:
			return 4;
		default:
			return 8;
	}
}

/* Order of two values of a key column that are not NULL, as declared. */
static int
compare_values(Verify *v, int column, SmolValue a, SmolValue b)
{
	const SmolColumnDesc *desc = &v->meta.columns[column];
	SmolComparator *cmp = &v->comparators[column];
	int			c;

	if (same_value(desc, a, b))
		return 0;

	switch (cmp->order)
	{
		case SMOL_ORDER_WORD:
		case SMOL_ORDER_DECIMAL:
			cmp->argument.word = b.word;
			break;
		case SMOL_ORDER_FLOAT:
			cmp->argument.number = smol_word_to_float(desc->image, b.word);
			break;
		case SMOL_ORDER_BYTES:
			cmp->argument.slice = b.slice;
			break;
		case SMOL_ORDER_FMGR:
			cmp->argument.datum = smol_value_to_datum(desc, b.word, b.slice);
			break;
	}
	c = smol_compare_argument(cmp, a.word, a.slice);
	return (desc->flags & SMOL_COLUMN_DESC) ? (c < 0) - (c > 0) : c;
}

/*
 * Does the last row so far sort after this one?  Then this one becomes the
 * last; its strings stay on the page.
 */
static bool
last_is_after(Verify *v, uint32 row)
{
	int			c = 0;

	for (int i = 0; i < v->meta.nkeys; i++)
	{
		const ColumnRows *col = &v->leaf_rows.columns[i];
		bool		isnull = row_isnull(col, row);
		SmolValue	value = row_value(col, row);

		if (v->have_last && c == 0)
		{
			bool		first = (v->meta.columns[i].flags & SMOL_COLUMN_NULLS_FIRST) != 0;

			if (v->last_isnull[i] != isnull)
				c = v->last_isnull[i] == first ? -1 : 1;
			else if (!isnull)
				c = compare_values(v, i, v->last[i], value);
			if (c > 0)
				return true;
		}
		v->last[i] = value;
		v->last_isnull[i] = isnull;
	}
	v->have_last = true;
	return false;
}

/* The leaf goes away: keep the last row's strings. */
static void
keep_last(Verify *v)
{
	for (int i = 0; i < v->meta.nkeys; i++)
	{
		SmolSlice  *slice = &v->last[i].slice;

		if (SmolImageIsWord(v->meta.columns[i].image))
			continue;
		if (v->last_size[i] < slice->len)
		{
			if (v->last_bytes[i])
				pfree(v->last_bytes[i]);
			v->last_size[i] = slice->len;
			v->last_bytes[i] = palloc(slice->len);
		}
		if (slice->len > 0)
			memcpy(v->last_bytes[i], slice->ptr, slice->len);
		slice->ptr = (const uint8 *) v->last_bytes[i];
	}
}

/* ---- what a page's parent has to say of it ---- */

static void
begin_summary(Verify *v, const CheckedPage *page)
{
	Summary    *sum = &v->summary;

	memset(sum->values, 0, sizeof(SmolValue) * v->ninner);
	memset(sum->isnull, 0, sizeof(bool) * v->ninner);
	memset(sum->unknown, 0, sizeof(bool) * v->ninner);
	sum->values[SMOL_INNER_CHILD].word = page->blkno;
	sum->values[SMOL_INNER_FIRST_ROW].word = (int64) page->first_row;
	sum->values[SMOL_INNER_HEAP_MIN].word = PG_INT64_MAX;
	for (int i = 0; i < v->meta.ncolumns; i++)
	{
		if (v->places[i].minmax < 0)
			continue;
		sum->isnull[v->places[i].minmax] = true;
		sum->isnull[v->places[i].minmax + 1] = true;
	}
}

/* Order of minima and maxima: the type's for words, memcmp's for strings. */
static int
stats_order(const SmolColumnDesc *desc, SmolValue a, SmolValue b)
{
	if (SmolImageIsInt(desc->image))
		return (a.word > b.word) - (a.word < b.word);
	if (SmolImageIsWord(desc->image))
		return smol_compare_floats(smol_word_to_float(desc->image, a.word),
								   smol_word_to_float(desc->image, b.word));
	return smol_compare_slices(a.slice, b.slice);
}

/* side 0: the minimum, 1: the maximum */
static inline void
add_minmax(Verify *v, const SmolColumnDesc *desc, int place, int side, SmolValue value)
{
	Summary    *sum = &v->summary;
	int			at = place + side;
	int			c;

	if (!sum->isnull[at])
	{
		c = stats_order(desc, value, sum->values[at]);
		if (side == 0 ? c >= 0 : c <= 0)
			return;
	}
	sum->values[at] = value;
	sum->isnull[at] = false;
}

/* 128 bits, two's complement */
static inline void
add_sum(Verify *v, int place, uint64 low, int64 high)
{
	SmolValue  *sum = &v->summary.values[place];
	uint64		total = (uint64) sum[0].word + low;

	sum[1].word = (int64) ((uint64) sum[1].word + (uint64) high + (total < low));
	sum[0].word = (int64) total;
}

/* Is a string what a name has before its first zero? */
static inline bool
name_is_valid(SmolSlice slice)
{
	return slice.len < NAMEDATALEN && memchr(slice.ptr, 0, slice.len) == NULL;
}

/* A NaN leaves nothing to be known of a decimal column. */
static inline void
set_unknown(Verify *v, const StatsPlace *place)
{
	bool	   *unknown = v->summary.unknown;

	if (place->minmax >= 0)
		unknown[place->minmax] = unknown[place->minmax + 1] = true;
	if (place->sum >= 0)
		unknown[place->sum] = unknown[place->sum + 1] = true;
}

static void
summarize_leaf_column(Verify *v, const CheckedPage *leaf, int column,
					  uint32 first, uint32 n)
{
	const SmolColumnDesc *desc = &v->meta.columns[column];
	const StatsPlace *place = &v->places[column];
	const ColumnRows *col = &v->leaf_rows.columns[column];

	if (col->has_nulls && place->nulls < 0)
		complain(v, leaf->blkno, "column %d has a null map in an index without NULLs",
				 column + 1);

	for (uint32 i = 0; i < n; i++)
	{
		SmolValue	value;

		if (row_isnull(col, i))
		{
			v->summary.values[place->nulls].word++;
			continue;
		}
		value = row_value(col, i);
		if (col->words && !word_is_valid(desc->image, value.word))
			complain(v, leaf->blkno, "value of column %d is out of its type's range at row %u",
					 column + 1, first + i);
		if (desc->image == SMOL_IMAGE_NAME && !name_is_valid(value.slice))
			complain(v, leaf->blkno, "value of column %d is no name at row %u",
					 column + 1, first + i);
		if (desc->image == SMOL_IMAGE_DECIMAL && value.word == SMOL_DECIMAL_NAN)
		{
			set_unknown(v, place);
			continue;
		}
		if (place->sum >= 0)
			add_sum(v, place->sum, (uint64) value.word, value.word < 0 ? -1 : 0);

		/* a run of equal strings shares its bytes */
		if (place->minmax < 0 ||
			(col->slices && i > 0 && !row_isnull(col, i - 1) &&
			 col->slices[i].ptr == col->slices[i - 1].ptr &&
			 col->slices[i].len == col->slices[i - 1].len))
			continue;
		add_minmax(v, desc, place->minmax, 0, value);
		add_minmax(v, desc, place->minmax, 1, value);
	}
}

/* All rows are in: what turned out to be unknown is NULL. */
static void
forget_unknown(Verify *v)
{
	for (int i = 0; i < v->ninner; i++)
		if (v->summary.unknown[i])
			v->summary.isnull[i] = true;
}

/*
 * Go over a leaf's rows: check values and order, and work out what its parent
 * must say.
 */
static void
summarize_leaf(Verify *v, const CheckedPage *leaf)
{
	Summary    *sum = &v->summary;
	Rows	   *rows = &v->leaf_rows;

	begin_summary(v, leaf);
	sum->values[SMOL_INNER_NROWS].word = leaf->nrows;

	for (uint32 first = 0; first < leaf->nrows; first += BATCH_ROWS)
	{
		uint32		n = Min(BATCH_ROWS, leaf->nrows - first);
		MemoryContext old = MemoryContextSwitchTo(v->batch_context);

		CHECK_FOR_INTERRUPTS();
		decode_rows(v, leaf, rows, first, n);
		for (int i = 0; i < v->meta.nkeys && first == 0; i++)
		{
			sum->values[SMOL_INNER_FIXED + i] = row_value(&rows->columns[i], 0);
			sum->isnull[SMOL_INNER_FIXED + i] = row_isnull(&rows->columns[i], 0);
		}
		for (int i = 0; i < v->meta.ncolumns; i++)
			summarize_leaf_column(v, leaf, i, first, n);
		for (uint32 row = 0; row < n; row++)
			if (last_is_after(v, row))
				complain(v, leaf->blkno, "row %u sorts before the row that precedes it",
						 first + row);
		MemoryContextSwitchTo(old);
		MemoryContextReset(v->batch_context);
	}
	forget_unknown(v);
	keep_last(v);
}

static void
summarize_inner_column(Verify *v, int column, uint32 n)
{
	const SmolColumnDesc *desc = &v->meta.columns[column];
	const StatsPlace *place = &v->places[column];
	const ColumnRows *cols = v->inner_rows.columns;
	Summary    *sum = &v->summary;

	for (uint32 i = 0; i < n; i++)
	{
		if (place->nulls >= 0)
			sum->values[place->nulls].word += cols[place->nulls].words[i];
		if (place->sum >= 0 && (row_isnull(&cols[place->sum], i) ||
								row_isnull(&cols[place->sum + 1], i)))
			sum->unknown[place->sum] = sum->unknown[place->sum + 1] = true;
		else if (place->sum >= 0)
			add_sum(v, place->sum, (uint64) cols[place->sum].words[i],
					cols[place->sum + 1].words[i]);
		if (place->minmax < 0)
			continue;
		for (int side = 0; side < 2; side++)
		{
			const ColumnRows *col = &cols[place->minmax + side];

			if (!row_isnull(col, i))
				add_minmax(v, desc, place->minmax, side, row_value(col, i));
			else if (place->nulls < 0 ||
					 cols[place->nulls].words[i] != cols[SMOL_INNER_NROWS].words[i])
				sum->unknown[place->minmax + side] = true;
		}
	}
}

/* The same for an inner page's rows, which were compared with their children. */
static void
summarize_inner(Verify *v, const CheckedPage *page)
{
	Summary    *sum = &v->summary;
	const ColumnRows *cols = v->inner_rows.columns;

	begin_summary(v, page);
	for (uint32 first = 0; first < page->nrows; first += BATCH_ROWS)
	{
		uint32		n = Min(BATCH_ROWS, page->nrows - first);

		CHECK_FOR_INTERRUPTS();
		decode_rows(v, page, &v->inner_rows, first, n);
		for (int i = 0; i < v->meta.nkeys && first == 0; i++)
		{
			sum->values[SMOL_INNER_FIXED + i] = row_value(&cols[SMOL_INNER_FIXED + i], 0);
			sum->isnull[SMOL_INNER_FIXED + i] = row_isnull(&cols[SMOL_INNER_FIXED + i], 0);
		}
		for (uint32 i = 0; i < n; i++)
		{
			sum->values[SMOL_INNER_NROWS].word += cols[SMOL_INNER_NROWS].words[i];
			sum->values[SMOL_INNER_HEAP_MIN].word =
				Min(sum->values[SMOL_INNER_HEAP_MIN].word, cols[SMOL_INNER_HEAP_MIN].words[i]);
			sum->values[SMOL_INNER_HEAP_MAX].word =
				Max(sum->values[SMOL_INNER_HEAP_MAX].word, cols[SMOL_INNER_HEAP_MAX].words[i]);
		}
		for (int i = 0; i < v->meta.ncolumns; i++)
			summarize_inner_column(v, i, n);
	}
	forget_unknown(v);
}

/* What is in this column of an inner page? */
static const char *
inner_column_name(Verify *v, int inner)
{
	static const char *const fixed[SMOL_INNER_FIXED] = {
		[SMOL_INNER_CHILD] = "block",
		[SMOL_INNER_FIRST_ROW] = "first row",
		[SMOL_INNER_NROWS] = "row count",
		[SMOL_INNER_HEAP_MIN] = "lowest heap block",
		[SMOL_INNER_HEAP_MAX] = "highest heap block",
		[SMOL_INNER_WITNESS] = "witness",
	};

	if (inner < SMOL_INNER_FIXED)
		return fixed[inner];
	if (inner < SMOL_INNER_FIXED + v->meta.nkeys)
		return psprintf("first key, column %d,", inner - SMOL_INNER_FIXED + 1);
	for (int i = 0; i < v->meta.ncolumns; i++)
	{
		const StatsPlace *place = &v->places[i];

		if (inner == place->nulls)
			return psprintf("NULL count of column %d", i + 1);
		if (place->minmax >= 0 && inner == place->minmax)
			return psprintf("minimum of column %d", i + 1);
		if (place->minmax >= 0 && inner == place->minmax + 1)
			return psprintf("maximum of column %d", i + 1);
		if (place->sum >= 0 && (inner == place->sum || inner == place->sum + 1))
			return psprintf("sum of column %d", i + 1);
	}
	return "statistics";
}

/* Is this column of an inner page a minimum or maximum? */
static bool
is_minmax(Verify *v, int inner)
{
	for (int i = 0; i < v->meta.ncolumns; i++)
	{
		int			place = v->places[i].minmax;

		if (place >= 0 && (inner == place || inner == place + 1))
			return true;
	}
	return false;
}

/*
 * Is a heap line pointer in the footprint?  offset 0: is the block?
 */
static bool
in_footprint(Verify *v, int64 block, OffsetNumber offset)
{
	SmolFootprintScan *scan = &v->footprint;

	if (block < 0 || block >= MaxBlockNumber)
		return false;

	/* leaves ask in any order, and a scan only goes forward cheaply */
	if (!scan->valid || block < scan->entry.start ||
		block >= scan->entry.start + scan->entry.nblocks)
	{
		smol_end_footprint_scan(scan);
		smol_begin_footprint_scan(scan, v->index, v->segment, false);
		if (!smol_find_footprint(scan, (BlockNumber) block))
			return false;
	}
	for (int i = 0; offset > 0 && i < v->footprint.entry.nruns; i++)
	{
		if (offset < scan->entry.runs[i].first)
			return false;
		if (offset <= scan->entry.runs[i].last)
			return true;
	}
	return offset == 0;
}

/*
 * Compare the parent's row with what the child's rows gave.
 *
 * Of heap blocks a leaf knows nothing: there the parent's word is checked
 * against the footprint only.
 */
static void
compare_with_parent(Verify *v, const CheckedPage *parent, uint32 row, int level)
{
	const ColumnRows *cols = v->parent_row.columns;
	Summary    *sum = &v->summary;
	int64		heap_min = cols[SMOL_INNER_HEAP_MIN].words[0];
	int64		heap_max = cols[SMOL_INNER_HEAP_MAX].words[0];
	int64		witness = cols[SMOL_INNER_WITNESS].words[0];

	if (level == 0)
	{
		if (heap_min > heap_max ||
			!in_footprint(v, heap_min, 0) || !in_footprint(v, heap_max, 0))
			complain(v, parent->blkno, "heap blocks of child %u are not in the footprint", row);
		v->heap_min = Min(v->heap_min, heap_min);
		v->heap_max = Max(v->heap_max, heap_max);
		sum->values[SMOL_INNER_HEAP_MIN].word = heap_min;
		sum->values[SMOL_INNER_HEAP_MAX].word = heap_max;
	}
	if (witness >> 16 < heap_min || witness >> 16 > heap_max ||
		(witness & 0xFFFF) == 0 ||
		!in_footprint(v, witness >> 16, (OffsetNumber) (witness & 0xFFFF)))
		complain(v, parent->blkno, "witness of child %u is not in the footprint", row);
	sum->values[SMOL_INNER_WITNESS].word = witness;

	for (int i = 0; i < v->ninner; i++)
	{
		bool		isnull = row_isnull(&cols[i], 0);
		SmolValue	value = row_value(&cols[i], 0);
		bool		same;

		/* a leaf's long strings may be left out as min and max */
		if (isnull && !sum->isnull[i] && level == 0 &&
			!SmolImageIsWord(v->inner[i].image) && is_minmax(v, i))
			continue;
		if (isnull || sum->isnull[i])
			same = isnull == sum->isnull[i];
		else if (is_minmax(v, i))
			same = stats_order(&v->inner[i], value, sum->values[i]) == 0;
		else
			same = same_value(&v->inner[i], value, sum->values[i]);
		if (!same)
			complain(v, parent->blkno, "%s of child %u (block %u) does not match its rows",
					 inner_column_name(v, i), row,
					 (BlockNumber) sum->values[SMOL_INNER_CHILD].word);
	}
}

/* ---- the levels ---- */

/*
 * Check a level: its pages begin at 'start', and its children are the pages
 * [child, children_end), which are of level - 1.  Returns the first block
 * after the level.
 */
static BlockNumber
verify_level(Verify *v, int level, BlockNumber start,
			 BlockNumber child, BlockNumber children_end)
{
	BlockNumber next = start;
	uint64		next_row = 0;
	SmolPageStream stream;

	smol_begin_page_stream(&stream, v->index, child, children_end);
	while (child < children_end)
	{
		CheckedPage parent;

		if (next >= v->nblocks)
			complain(v, next, "page of level %d is missing at the end of the file", level);
		check_page(v, &parent, next, read_block(v, next), level);
		if (parent.first_row != next_row)
			complain(v, parent.blkno, "first row is " UINT64_FORMAT ", not " UINT64_FORMAT,
					 parent.first_row, next_row);

		for (uint32 row = 0; row < parent.nrows; row++)
		{
			CheckedPage page;

			decode_rows(v, &parent, &v->parent_row, row, 1);
			if (child >= children_end ||
				v->parent_row.columns[SMOL_INNER_CHILD].words[0] != child)
				complain(v, parent.blkno, "child %u is block %lld, not the next block of the level below, %u",
						 row, (long long) v->parent_row.columns[SMOL_INNER_CHILD].words[0],
						 child);

			check_page(v, &page, child, smol_next_page(&stream), level - 1);
			if (page.first_row != next_row)
				complain(v, page.blkno, "first row is " UINT64_FORMAT ", not " UINT64_FORMAT,
						 page.first_row, next_row);
			if (level == 1)
				summarize_leaf(v, &page);
			else
				summarize_inner(v, &page);
			compare_with_parent(v, &parent, row, level - 1);
			next_row += (uint64) v->summary.values[SMOL_INNER_NROWS].word;
			ReleaseBuffer(page.buffer);
			child++;
		}
		ReleaseBuffer(parent.buffer);
		next++;
	}
	smol_end_page_stream(&stream);

	if (next_row != v->segment->nrows)
		complain(v, SMOL_META_BLKNO, "level %d has " UINT64_FORMAT " rows, the metapage says " UINT64_FORMAT,
				 level - 1, next_row, v->segment->nrows);
	return next;
}

/*
 * Check the footprint: entries ascend, every indexed row has its line pointer,
 * and the metapage knows first and last.
 */
static void
verify_footprint(Verify *v)
{
	const SmolSegment *segment = v->segment;
	SmolFootprintScan *scan = &v->footprint;
	BlockNumber after = 0;
	uint64		nrows = 0;
	uint32		page = PG_UINT32_MAX;

	for (uint32 i = 0; i < segment->footprint_pages; i++)
	{
		BlockNumber blkno = segment->footprint + i;
		Buffer		buffer = read_block(v, blkno);
		const char *wrong = smol_check_page(BufferGetPage(buffer),
											SMOL_PAGE_FOOTPRINT, 0, blkno, 0);

		if (wrong)
			complain(v, blkno, "%s", wrong);
		check_bytes(v, blkno, BufferGetPage(buffer));
		if (SmolPageGetFootprint(BufferGetPage(buffer))->nbytes == 0)
			complain(v, blkno, "footprint page is empty");
		ReleaseBuffer(buffer);
	}

	smol_begin_footprint_scan(scan, v->index, segment, false);
	while (smol_next_footprint(scan))
	{
		const SmolFootprintEntry *entry = &scan->entry;
		BlockNumber blkno = segment->footprint + scan->page;
		uint64		offsets = 0;

		CHECK_FOR_INTERRUPTS();
		if (page != scan->page)
		{
			if (entry->start != SmolPageGetFootprint(BufferGetPage(scan->buffer))->first_block)
				complain(v, blkno, "first entry does not begin at the page's first block");
			page = scan->page;
		}
		if (entry->start < after)
			complain(v, blkno, "footprint entries do not ascend at heap block %u",
					 entry->start);
		if (entry->start < segment->heap_start ||
			entry->start + entry->nblocks > segment->heap_end)
			complain(v, blkno, "footprint entry at heap block %u is outside the segment",
					 entry->start);
		if (nrows == 0)
			v->first_block = entry->start;
		after = entry->start + entry->nblocks;

		for (int i = 0; i < entry->nruns; i++)
		{
			if (i > 0 && entry->runs[i].first <= entry->runs[i - 1].last + 1)
				complain(v, blkno, "footprint runs touch at heap block %u", entry->start);
			offsets += entry->runs[i].last - entry->runs[i].first + 1;
		}
		nrows += offsets * entry->nblocks;
	}

	if (nrows != segment->nrows)
		complain(v, SMOL_META_BLKNO, "footprint has " UINT64_FORMAT " line pointers, the metapage says " UINT64_FORMAT " rows",
				 nrows, segment->nrows);
	if (segment->nrows == 0)
		return;
	if (after != segment->last_block + 1)
		complain(v, SMOL_META_BLKNO, "footprint ends with heap block %u, the metapage says %u",
				 after - 1, segment->last_block);
	if (!in_footprint(v, ItemPointerGetBlockNumberNoCheck(&segment->witness),
					  ItemPointerGetOffsetNumberNoCheck(&segment->witness)))
		complain(v, SMOL_META_BLKNO, "witness is not in the footprint");
}

/* Read and check the metapage, from the file and not from any cache. */
static void
verify_meta(Verify *v)
{
	TupleDesc	tupdesc = RelationGetDescr(v->index);
	const SmolSegment *segment = &v->meta.segments[0];
	Buffer		buffer;

	v->nblocks = RelationGetNumberOfBlocks(v->index);
	if (v->nblocks == 0)
		complain(v, SMOL_META_BLKNO, "file is empty");
	buffer = read_block(v, SMOL_META_BLKNO);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	smol_check_meta(v->index, BufferGetPage(buffer));
	check_bytes(v, SMOL_META_BLKNO, BufferGetPage(buffer));
	if (((PageHeader) BufferGetPage(buffer))->pd_lower !=
		MAXALIGN(SizeOfPageHeaderData) + sizeof(SmolMetaPageData))
		complain(v, SMOL_META_BLKNO, "metapage has a wrong length");
	memcpy(&v->meta, SmolPageGetMeta(BufferGetPage(buffer)), sizeof(v->meta));
	UnlockReleaseBuffer(buffer);

	if ((v->meta.flags & ~(SMOL_META_STALE | SMOL_META_NULLS)) != 0)
		complain(v, SMOL_META_BLKNO, "metapage has unknown flags");
	if (!FullTransactionIdIsNormal(v->meta.builder) ||
		FullTransactionIdFollowsOrEquals(v->meta.builder, ReadNextFullTransactionId()))
		complain(v, SMOL_META_BLKNO, "index was built by a transaction of the future");
	if (v->meta.unused != 0 || segment->unused != 0 || segment->unused2 != 0 ||
		!all_zeros((char *) &v->meta.columns[v->meta.ncolumns],
				   (char *) &v->meta.columns[INDEX_MAX_KEYS]))
		complain(v, SMOL_META_BLKNO, "unused space is not zero");

	if (v->meta.ncolumns != IndexRelationGetNumberOfAttributes(v->index) ||
		v->meta.nkeys != IndexRelationGetNumberOfKeyAttributes(v->index))
		complain(v, SMOL_META_BLKNO, "metapage describes an index of other columns");

	/*
	 * The images may be other ones than the build would choose today: ALTER
	 * TYPE keeps the file where the old values serve the new type.  But a
	 * Datum made of them must be one of the column's kind.
	 */
	for (int i = 0; i < v->meta.ncolumns; i++)
	{
		const SmolColumnDesc *desc = &v->meta.columns[i];
		CompactAttribute *att = TupleDescCompactAttr(tupdesc, i);
		bool		fits;
		int			flags = 0;

		if (desc->unused2 != 0)
			complain(v, SMOL_META_BLKNO, "unused space is not zero");
		if (desc->image == SMOL_IMAGE_DECIMAL)
			fits = att->attlen == -1;
		else if (desc->image == SMOL_IMAGE_NAME)
			fits = !att->attbyval && att->attlen == NAMEDATALEN;
		else if (SmolImageIsWord(desc->image))
			fits = att->attbyval && att->attlen == word_length(desc->image);
		else if (desc->image == SMOL_IMAGE_FIXED)
			fits = !att->attbyval && att->attlen == desc->length;
		else
			fits = att->attlen == -1;
		if (!fits)
			complain(v, SMOL_META_BLKNO, "column %d is stored as another type", i + 1);

		if (i < v->meta.nkeys)
		{
			flags = SMOL_COLUMN_KEY;
			if (v->index->rd_indoption[i] & INDOPTION_DESC)
				flags |= SMOL_COLUMN_DESC;
			if (v->index->rd_indoption[i] & INDOPTION_NULLS_FIRST)
				flags |= SMOL_COLUMN_NULLS_FIRST;
		}
		if (desc->flags != flags)
			complain(v, SMOL_META_BLKNO, "column %d is stored in another order", i + 1);
	}

	/* the layout: leaves, footprint, levels, and nothing between or behind */
	if (segment->nrows == 0)
	{
		if (segment->nleaves != 0 || segment->height != 0 ||
			segment->footprint_pages != 0 ||
			segment->first_leaf != InvalidBlockNumber ||
			segment->root != InvalidBlockNumber ||
			segment->footprint != InvalidBlockNumber ||
			segment->last_block != InvalidBlockNumber ||
			ItemPointerIsValid(&segment->witness))
			complain(v, SMOL_META_BLKNO, "empty segment has pages");
		if (v->nblocks != 1)
			complain(v, 1, "page belongs to nothing");
		return;
	}
	if (segment->first_leaf != SMOL_META_BLKNO + 1 || segment->nleaves == 0 ||
		segment->footprint_pages == 0 ||
		segment->height < 1 || segment->height > SMOL_MAX_HEIGHT ||
		segment->heap_start > segment->heap_end ||
		(uint64) segment->first_leaf + segment->nleaves != segment->footprint ||
		(uint64) segment->footprint + segment->footprint_pages > segment->root)
		complain(v, SMOL_META_BLKNO, "segment is out of bounds");
	if (segment->root >= v->nblocks)
		complain(v, segment->root, "root page is missing at the end of the file");
	if (segment->root + 1 != v->nblocks)
		complain(v, segment->root + 1, "page belongs to nothing");
}

static void
verify_index(Relation index)
{
	Verify	   *v = palloc0(sizeof(Verify));
	const SmolSegment *segment = &v->meta.segments[0];
	BlockNumber start;
	BlockNumber end;

	v->index = index;
	v->segment = segment;
	v->strategy = GetAccessStrategy(BAS_BULKREAD);
	v->heap_min = PG_INT64_MAX;
	verify_meta(v);
	if (segment->nrows == 0)
		return;

	v->ninner = smol_inner_columns(&v->meta, v->inner);
	for (int i = 0; i < v->meta.ncolumns; i++)
	{
		const SmolColumnDesc *desc = &v->meta.columns[i];
		StatsPlace *place = &v->places[i];
		int			at = smol_inner_stats(&v->meta, i);

		place->nulls = (v->meta.flags & SMOL_META_NULLS) ? at++ : -1;
		place->minmax = (desc->stats & SMOL_STATS_MINMAX) ? at : -1;
		at += place->minmax >= 0 ? 2 : 0;
		place->sum = (desc->stats & SMOL_STATS_SUM) ? at : -1;
		if (place->sum >= 0 && !SmolImageIsInt(desc->image))
			complain(v, SMOL_META_BLKNO, "column %d cannot have sums", i + 1);
	}
	for (int i = 0; i < v->meta.nkeys; i++)
		smol_init_comparator(&v->comparators[i], index, i, &v->meta.columns[i],
							 InvalidOid);
	make_rows(&v->leaf_rows, v->meta.columns, v->meta.ncolumns, BATCH_ROWS);
	make_rows(&v->inner_rows, v->inner, v->ninner, BATCH_ROWS);
	make_rows(&v->parent_row, v->inner, v->ninner, 1);
	v->summary.values = palloc(sizeof(SmolValue) * v->ninner);
	v->summary.isnull = palloc(sizeof(bool) * v->ninner);
	v->summary.unknown = palloc(sizeof(bool) * v->ninner);
	v->batch_context = AllocSetContextCreate(CurrentMemoryContext,
											 "smol verify batch",
											 ALLOCSET_DEFAULT_SIZES);

	verify_footprint(v);

	start = segment->first_leaf;
	end = segment->footprint;
	for (int level = 1; level <= (int) segment->height; level++)
	{
		BlockNumber next = level == 1 ? end + segment->footprint_pages : end;
		BlockNumber after = verify_level(v, level, next, start, end);

		if (level == 1 && (v->heap_min != v->first_block ||
						   v->heap_max != segment->last_block))
			complain(v, SMOL_META_BLKNO, "heap blocks of the leaves are not those of the footprint");
		start = next;
		end = after;
	}
	if (start != segment->root || end != segment->root + 1)
		complain(v, segment->root, "root is not the only page of its level");

	smol_end_footprint_scan(&v->footprint);
	FreeAccessStrategy(v->strategy);
}

/*
 * smol_verify(index regclass): returns if the index is sound, else raises the
 * error of a corrupt index.  Takes no lock that hinders readers or VACUUM, and
 * writes nothing: it runs on a standby and in a read-only transaction.
 */
Datum
smol_verify(PG_FUNCTION_ARGS)
{
	SmolTarget	target;
	Oid			save_userid;
	int			save_sec_context;
	int			save_nestlevel;

	(void) smol_open_target(PG_GETARG_OID(0), false, &target);

	/*
	 * An operator class may call functions of the table owner's.  They must
	 * not run with the rights of whoever checks the index.
	 */
	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	SetUserIdAndSecContext(target.heap->rd_rel->relowner,
						   save_sec_context | SECURITY_RESTRICTED_OPERATION);
	save_nestlevel = NewGUCNestLevel();
	RestrictSearchPath();

	verify_index(target.index);

	AtEOXact_GUC(false, save_nestlevel);
	SetUserIdAndSecContext(save_userid, save_sec_context);
	smol_close_target(&target);
	PG_RETURN_VOID();
}
