/*-------------------------------------------------------------------------
 *
 * verifyrows.c
 *	  smol_verify's view of pages and rows.
 *
 * A page is checked for itself: structure, unused bytes, CRC, codecs, values
 * in the range of their types, order.  From its rows follows what its parent
 * has to say of it, and that is compared.  The code that works it out is not
 * the writer's, so that the two check each other.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/inspect/verifyrows.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "inspect/smolverify.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "tree/smolwriter.h"
#include "utils/memutils.h"

/* ---- one page ---- */

/*
 * What a page's structure check leaves out because no reader looks there: the
 * bytes that nobody uses must be as the writer left them.  Then the CRC.
 */
void
smol_verify_bytes(Verify *v, BlockNumber blkno, Page page)
{
	PageHeader	phdr = (PageHeader) page;
	SmolPageOpaque opaque = SmolPageGetOpaque(page);

	if (phdr->pd_flags != 0 || phdr->pd_prune_xid != InvalidTransactionId ||
		phdr->pd_upper != phdr->pd_special)
		smol_complain(v, blkno, "page header is not as it was written");
	if (opaque->unused != 0 ||
		!smol_all_zeros((char *) page + phdr->pd_lower, (char *) page + phdr->pd_upper) ||
		!smol_all_zeros((char *) (opaque + 1), (char *) page + BLCKSZ))
		smol_complain(v, blkno, "unused space is not zero");
	if (smol_page_crc(page) != opaque->crc)
		smol_complain(v, blkno, "page content does not match its CRC");
}

/* Pin a block. */
Buffer
smol_verify_read(Verify *v, BlockNumber blkno)
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
		smol_complain(v, blkno, "unused space is not zero");
	for (int i = 0; i < pack->nchunks; i++)
	{
		if (refs[i].unused != 0)
			smol_complain(v, blkno, "unused space is not zero");
		if (refs[i].offset != at)
			smol_complain(v, blkno, "chunk %d begins at %u, not at %u",
						  i, refs[i].offset, at);
		at += refs[i].length;
		if (refs[i].nulls != 0 && refs[i].nulls != next_map++)
			smol_complain(v, blkno, "null map of column %d is not in its place", i + 1);
	}
	if (at != ((PageHeader) page)->pd_lower)
		smol_complain(v, blkno, "chunks end at %u, not at %u", at,
					  ((PageHeader) page)->pd_lower);
	if (next_map != pack->nchunks)
		smol_complain(v, blkno, "null map belongs to no column");

	for (int i = 0; i < ncolumns; i++)
	{
		SmolChunk	values;
		SmolChunk	nulls;
		bool		has_nulls = smol_page_chunk(page, &descs[i], i, &values, &nulls);
		const char *wrong = smol_check_chunk(&values);

		if (wrong)
			smol_complain(v, blkno, "column %d: %s", i + 1, wrong);
		wrong = has_nulls ? smol_check_chunk(&nulls) : NULL;
		if (wrong)
			smol_complain(v, blkno, "null map of column %d: %s", i + 1, wrong);
	}
}

/*
 * Check a leaf or inner page for itself, in a copy: nothing is pinned in the
 * end.
 */
void
smol_verify_load(Verify *v, CheckedPage *checked, BlockNumber blkno, int level)
{
	int			ncolumns = level == 0 ? v->meta.ncolumns : v->ninner;
	const SmolColumnDesc *descs = level == 0 ? v->meta.columns : v->inner;
	Page		page = checked->page;
	Buffer		buffer = smol_verify_read(v, blkno);
	const char *wrong;

	memcpy(page, BufferGetPage(buffer), BLCKSZ);
	ReleaseBuffer(buffer);
	wrong = smol_check_page(page, level == 0 ? SMOL_PAGE_LEAF : SMOL_PAGE_INNER,
							level, blkno, ncolumns);
	if (wrong)
		smol_complain(v, blkno, "%s", wrong);
	smol_verify_bytes(v, blkno, page);
	check_chunks(v, blkno, page, descs, ncolumns);
	checked->blkno = blkno;
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

/* Make room for rows and summaries. */
void
smol_verify_begin_rows(Verify *v)
{
	v->page.page = palloc(BLCKSZ);
	v->parent.page = palloc(BLCKSZ);
	make_rows(&v->leaf_rows, v->meta.columns, v->meta.ncolumns, BATCH_ROWS);
	make_rows(&v->inner_rows, v->inner, v->ninner, BATCH_ROWS);
	make_rows(&v->parent_row, v->inner, v->ninner, 1);
	v->summary.values = palloc(sizeof(SmolValue) * v->ninner);
	v->summary.isnull = palloc(sizeof(bool) * v->ninner);
	v->summary.unknown = palloc(sizeof(bool) * v->ninner);
	v->batch_context = AllocSetContextCreate(CurrentMemoryContext,
											 "smol verify batch",
											 ALLOCSET_DEFAULT_SIZES);
}

/*
 * Decode rows [first, first + n) of all columns.  Strings live until the first
 * rows of the next page are decoded; if it is for one row, until the next.
 */
void
smol_verify_decode(Verify *v, const CheckedPage *checked, Rows *rows,
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
			smol_complain(v, checked->blkno, "column %d does not decode", i + 1);
		if (!col->has_nulls)
			continue;
		vec.words = col->nulls;
		if (!smol_decode_chunk(&nulls, first, n, &vec))
			smol_complain(v, checked->blkno, "null map of column %d does not decode", i + 1);
		for (uint32 row = 0; row < n; row++)
			if (col->nulls[row] != 0 && col->nulls[row] != 1)
				smol_complain(v, checked->blkno, "null map of column %d is neither 0 nor 1 at row %u",
							  i + 1, first + row);
	}
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
		smol_complain(v, leaf->blkno, "column %d has a null map in an index without NULLs",
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
			smol_complain(v, leaf->blkno, "value of column %d is out of its type's range at row %u",
						  column + 1, first + i);
		if (desc->image == SMOL_IMAGE_NAME && !name_is_valid(value.slice))
			smol_complain(v, leaf->blkno, "value of column %d is no name at row %u",
						  column + 1, first + i);
		if (v->bloom)
			smol_verify_add_bloom(v, column, &value);
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
void
smol_verify_leaf(Verify *v, const CheckedPage *leaf)
{
	Summary    *sum = &v->summary;
	Rows	   *rows = &v->leaf_rows;

	begin_summary(v, leaf);
	sum->values[SMOL_INNER_NROWS].word = leaf->nrows;
	if (v->bloom)
		smol_verify_start_bloom(v);

	for (uint32 first = 0; first < leaf->nrows; first += BATCH_ROWS)
	{
		uint32		n = Min(BATCH_ROWS, leaf->nrows - first);
		MemoryContext old = MemoryContextSwitchTo(v->batch_context);

		CHECK_FOR_INTERRUPTS();
		smol_verify_decode(v, leaf, rows, first, n);
		for (int i = 0; i < v->meta.nkeys && first == 0; i++)
		{
			sum->values[SMOL_INNER_FIXED + i] = row_value(&rows->columns[i], 0);
			sum->isnull[SMOL_INNER_FIXED + i] = row_isnull(&rows->columns[i], 0);
		}
		for (int i = 0; i < v->meta.ncolumns; i++)
			summarize_leaf_column(v, leaf, i, first, n);
		for (uint32 row = 0; row < n; row++)
			if (last_is_after(v, row))
				smol_complain(v, leaf->blkno, "row %u sorts before the row that precedes it",
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
void
smol_verify_inner(Verify *v, const CheckedPage *page)
{
	Summary    *sum = &v->summary;
	const ColumnRows *cols = v->inner_rows.columns;

	begin_summary(v, page);
	for (uint32 first = 0; first < page->nrows; first += BATCH_ROWS)
	{
		uint32		n = Min(BATCH_ROWS, page->nrows - first);

		CHECK_FOR_INTERRUPTS();
		smol_verify_decode(v, page, &v->inner_rows, first, n);
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
		if (v->bloom && first == 0)
			sum->values[v->ninner - 1].word = cols[v->ninner - 1].words[0];
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
	return "place of bloom filters";
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
 * Is a heap line pointer in the footprint?  offset 0: is the block?  If the
 * footprint itself is not sound, nothing is said of what it has.
 */
bool
smol_verify_in_footprint(Verify *v, int64 block, OffsetNumber offset)
{
	SmolFootprintScan *scan = &v->footprint;

	if (v->footprint_unsound)
		return true;
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
void
smol_verify_parent(Verify *v, const CheckedPage *parent, uint32 row, int level)
{
	const ColumnRows *cols = v->parent_row.columns;
	Summary    *sum = &v->summary;
	int64		heap_min = cols[SMOL_INNER_HEAP_MIN].words[0];
	int64		heap_max = cols[SMOL_INNER_HEAP_MAX].words[0];
	int64		witness = cols[SMOL_INNER_WITNESS].words[0];

	if (level == 0)
	{
		if (heap_min > heap_max ||
			!smol_verify_in_footprint(v, heap_min, 0) || !smol_verify_in_footprint(v, heap_max, 0))
			smol_complain(v, parent->blkno, "heap blocks of child %u are not in the footprint", row);
		v->heap_min = Min(v->heap_min, heap_min);
		v->heap_max = Max(v->heap_max, heap_max);
		sum->values[SMOL_INNER_HEAP_MIN].word = heap_min;
		sum->values[SMOL_INNER_HEAP_MAX].word = heap_max;
		if (v->bloom)
		{
			int64		location = cols[v->ninner - 1].words[0];
			int64		child = sum->values[SMOL_INNER_CHILD].word;

			smol_verify_leaf_bloom(v, parent->blkno,
								   (uint32) (child - v->segment->first_leaf), location);
			sum->values[v->ninner - 1].word = location;
		}
	}
	if (witness >> 16 < heap_min || witness >> 16 > heap_max ||
		(witness & 0xFFFF) == 0 ||
		!smol_verify_in_footprint(v, witness >> 16, (OffsetNumber) (witness & 0xFFFF)))
		smol_complain(v, parent->blkno, "witness of child %u is not in the footprint", row);
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
			smol_complain(v, parent->blkno, "%s of child %u (block %u) does not match its rows",
						  inner_column_name(v, i), row,
						  (BlockNumber) sum->values[SMOL_INNER_CHILD].word);
	}
}
