/*-------------------------------------------------------------------------
 *
 * tuples.c
 *	  Rows of a leaf to tuples, some hundreds at a time, column by column.
 *
 * This is where most of a scan's time goes, so nothing here happens once a row
 * that can happen once a batch: columns are decoded, filtered and copied in
 * loops of their own, without a call, an allocation or a test of the column's
 * type inside.  Columns without a filter are decoded only if a row passes.
 *
 * An index-only scan may return a heap tuple with a descriptor of its own
 * choice (xs_hitup, xs_hitupdesc) as long as the datums are those of the index.
 * Ours have a column as wide as a Datum for each of the index, passed by value:
 * a number itself, or a pointer to bytes that the batch keeps.  So all columns
 * stand at the same place in each tuple, which the executor takes apart
 * fastest, and a string that many rows have is copied once.  The pointers hold
 * until the next batch.  Where there are only numbers, index tuples do as well.
 * Columns that nobody looks at are NULL, in heap tuples that don't have them: they
 * are neither decoded nor copied.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/tuples.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/nbtree.h"
#include "am/smoltuples.h"
#include "catalog/pg_type_d.h"
#include "utils/memutils.h"

/* where a tuple's Datums begin */
#define DATUMS_OFFSET \
	MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(INDEX_MAX_KEYS))

/* The place of a column's Datum, or value, in the first tuple. */
#define DATUM_OF(batch, column) \
	((batch)->tuples + (batch)->columns[column].offset)

StaticAssertDecl(SMOL_TUPLES_MAX <= PG_UINT16_MAX, "rows of a batch are 16 bits");

/*
 * The descriptor of our tuples.  It depends on the number of columns only, and
 * a lookup should not have to make one.
 */
static TupleDesc
get_datums_desc(int ncolumns)
{
	static TupleDesc descs[INDEX_MAX_KEYS + 1];

	if (unlikely(descs[ncolumns] == NULL))
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
		TupleDesc	desc = CreateTemplateTupleDesc(ncolumns);

		for (int c = 0; c < ncolumns; c++)
			TupleDescInitBuiltinEntry(desc, c + 1, "",
									  sizeof(Datum) == sizeof(int64) ? INT8OID : INT4OID,
									  -1, 0);
		descs[ncolumns] = desc;
		MemoryContextSwitchTo(old);
	}
	return descs[ncolumns];
}

/*
 * Index tuples if all columns are numbers, and none can be NULL: then all stand
 * at the same place in each tuple, too, and take less room.
 */
static void
lay_out_tuples(SmolTuples *batch)
{
	const SmolMetaPageData *meta = &batch->reader->meta;
	uint32		offset;

	batch->by_reference = false;
	for (int c = 0; c < meta->ncolumns; c++)
		batch->by_reference |= !TupleDescCompactAttr(batch->desc, c)->attbyval;
	batch->packed = batch->all_wanted && !batch->by_reference &&
		(meta->flags & SMOL_META_NULLS) == 0;

	offset = batch->packed ? IndexInfoFindDataOffset(0) : DATUMS_OFFSET;
	for (int c = 0; c < meta->ncolumns; c++)
	{
		CompactAttribute *att = TupleDescCompactAttr(batch->desc, c);

		if (!batch->columns[c].wanted)
			continue;
		if (batch->packed)
			offset = att_nominal_alignby(offset, att->attalignby);
		batch->columns[c].offset = (uint16) offset;
		offset += batch->packed ? (uint32) att->attlen : sizeof(Datum);
	}
	batch->stride = MAXALIGN(offset);
}

SmolTuples *
smol_make_tuples(SmolReader *reader, TupleDesc desc)
{
	int			ncolumns = reader->meta.ncolumns;
	SmolTuples *batch = palloc(offsetof(SmolTuples, columns) +
							   sizeof(SmolTuplesColumn) * ncolumns);

	memset(batch, 0, offsetof(SmolTuples, passing));
	memset(batch->columns, 0, sizeof(SmolTuplesColumn) * ncolumns);
	batch->reader = reader;
	batch->desc = desc;
	batch->context = CurrentMemoryContext;
	batch->datums = get_datums_desc(ncolumns);
	batch->all_wanted = true;
	for (int c = 0; c < ncolumns; c++)
		batch->columns[c].wanted = true;
	lay_out_tuples(batch);
	return batch;
}

static void
free_arrays(SmolTuples *batch)
{
	for (int c = 0; c < batch->reader->meta.ncolumns; c++)
	{
		SmolTuplesColumn *column = &batch->columns[c];

		if (column->vec.slices)
			pfree(column->vec.slices);
		if (column->vec.arena)
			pfree(column->vec.arena);
		memset(&column->vec, 0, sizeof(SmolVec));
	}
	if (batch->tuples)
		pfree(batch->tuples);
	batch->tuples = NULL;
}

void
smol_free_tuples(SmolTuples *batch)
{
	free_arrays(batch);
	for (int c = 0; c < batch->reader->meta.ncolumns; c++)
		if (batch->columns[c].bytes)
			pfree(batch->columns[c].bytes);
	pfree(batch);
}

/*
 * From the next batch on columns but these are NULL in tuples: at least one is.
 */
void
smol_want_columns(SmolTuples *batch, const bool *wanted)
{
	free_arrays(batch);
	batch->room = 0;
	batch->all_wanted = false;
	for (int c = 0; c < batch->reader->meta.ncolumns; c++)
		batch->columns[c].wanted = wanted[c];
	lay_out_tuples(batch);
}

/*
 * Heap tuples' headers, as they are where no column that is wanted is NULL.
 */
static void
put_headers(SmolTuples *batch, uint32 n)
{
	int			ncolumns = batch->reader->meta.ncolumns;
	HeapTupleHeader first = smol_get_tuple(batch, 0);

	memset(first, 0, DATUMS_OFFSET);
	HeapTupleHeaderSetNatts(first, ncolumns);
	first->t_hoff = DATUMS_OFFSET;
	if (!batch->all_wanted)
	{
		first->t_infomask = HEAP_HASNULL;
		for (int c = 0; c < ncolumns; c++)
			if (batch->columns[c].wanted)
				first->t_bits[c >> 3] |= 1 << (c & 7);
	}
	for (uint32 i = 1; i < n; i++)
		memcpy(smol_get_tuple(batch, i), first, DATUMS_OFFSET);
}

/*
 * Have room for so many rows, with their tuples' headers in place.
 */
static void
make_room(SmolTuples *batch, uint32 room)
{
	const SmolMetaPageData *meta = &batch->reader->meta;
	bool		may_be_null = (meta->flags & SMOL_META_NULLS) != 0;
	Size		tuples = (Size) room * batch->stride;
	int			narrays = 0;
	int64	   *arrays;

	free_arrays(batch);
	for (int c = 0; c < meta->ncolumns; c++)
		narrays += (SmolImageIsWord(meta->columns[c].image) ? 1 : 0) +
			(may_be_null ? 1 : 0);
	batch->tuples = MemoryContextAlloc(batch->context, tuples +
									   sizeof(int64) * room * narrays);
	arrays = (int64 *) (batch->tuples + tuples);
	for (int c = 0; c < meta->ncolumns; c++)
	{
		SmolTuplesColumn *column = &batch->columns[c];

		if (!SmolImageIsWord(meta->columns[c].image))
			column->vec.slices = MemoryContextAlloc(batch->context,
													sizeof(SmolSlice) * room);
		else
		{
			column->vec.words = arrays;
			arrays += room;
		}
		if (may_be_null)
		{
			column->nulls = arrays;
			arrays += room;
		}
	}
	batch->null_headers = false;
	if (batch->packed)
	{
		memset(batch->tuples, 0, tuples);
		for (uint32 i = 0; i < room; i++)
			((IndexTuple) smol_get_tuple(batch, i))->t_info = (uint16) batch->stride;
	}
	else
		put_headers(batch, room);
	batch->room = room;
}

/*
 * Decode rows [from, from + n) of the batch of a column.
 */
static void
decode_column(SmolTuples *batch, int c, uint32 from, uint32 n)
{
	batch->columns[c].from = (uint16) from;
	batch->columns[c].has_nulls = smol_decode_column(batch->reader, c, batch->first + from, n,
													 &batch->columns[c].vec, batch->columns[c].nulls);

	/* on a damaged page, where there must be none */
	if (batch->columns[c].has_nulls && batch->columns[c].nulls == NULL)
		smol_report_corrupt(batch->reader->index,
							batch->reader->segment->first_leaf + batch->leaf,
							"column has NULLs");
	batch->columns[c].decoded = true;
}

/* ---- filters ---- */

/* Do runs have it that these are the same bytes? */
static inline bool
same_slice(SmolSlice a, SmolSlice b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

/* Comparison of words with a word. */
static void
filter_words(const int64 *words, uint32 n, StrategyNumber strategy, int64 arg,
			 bool *pass)
{
#define FILTER(op) \
	for (uint32 i = 0; i < n; i++) \
		pass[i] &= words[i] op arg; \
	break

	switch (strategy)
	{
		case BTLessStrategyNumber:
			FILTER(<);
		case BTLessEqualStrategyNumber:
			FILTER(<=);
		case BTEqualStrategyNumber:
			FILTER(==);
		case BTGreaterEqualStrategyNumber:
			FILTER(>=);
		case BTGreaterStrategyNumber:
			FILTER(>);
		default:
			elog(ERROR, "unexpected strategy %d", strategy);
	}
#undef FILTER
}

/* Any other comparison.  Neighbours that are the same are asked about once. */
static void
filter_values(const SmolFilter *filter, const SmolVec *vec, uint32 n, bool *pass)
{
	const SmolSlice no_slice = {NULL, 0};
	bool		known = false;
	bool		result = false;
	uint32		last = 0;

	for (uint32 i = 0; i < n; i++)
	{
		if (!pass[i])
			continue;
		if (!known || (vec->words ? vec->words[i] != vec->words[last] :
					   !same_slice(vec->slices[i], vec->slices[last])))
			result = smol_pass_filter(filter, false,
									  vec->words ? vec->words[i] : 0,
									  vec->words ? no_slice : vec->slices[i]);
		known = true;
		last = i;
		pass[i] = result;
	}
}

static void
apply_filter(SmolTuples *batch, const SmolFilter *filter, bool *pass)
{
	int			c = filter->column;
	uint32		n = batch->nrows;
	const int64 *nulls;

	if (!batch->columns[c].decoded)
		decode_column(batch, c, 0, n);
	nulls = batch->columns[c].has_nulls ? batch->columns[c].nulls : NULL;

	if (filter->nulltest && nulls == NULL)
	{
		if (filter->isnull)
			memset(pass, false, n);
		return;
	}
	if (nulls)
	{
		const int64 want = filter->nulltest && filter->isnull ? 1 : 0;

		for (uint32 i = 0; i < n; i++)
			pass[i] &= (nulls[i] != 0) == want;
	}
	if (filter->nulltest)
		return;

	if (batch->columns[c].vec.words && smol_argument_is_word(filter->cmp) &&
		(filter->array == NULL || filter->array->n == 1))
		filter_words(batch->columns[c].vec.words, n, filter->strategy,
					 filter->cmp->argument.word, pass);
	else
		filter_values(filter, &batch->columns[c].vec, n, pass);
}

/* ---- tuples ---- */

/*
 * Words of a type that is passed by value: values of the type, or in a heap tuple
 * of ours the Datum that fetch_att would make of such a value.
 */
static pg_attribute_always_inline void
put_words(SmolTuples *batch, int c, const bool all)
{
	const int64 *words = batch->columns[c].vec.words;
	const uint16 *passing = batch->passing;
	const uint32 from = batch->columns[c].from;
	const bool	packed = batch->packed;
	uint32		n = batch->ntuples;
	uint32		stride = batch->stride;
	char	   *to = DATUM_OF(batch, c);

#define PUT_AS(type, value) \
	do { \
		for (uint32 i = 0; i < n; i++, to += stride) \
		{ \
			int64		word = words[all ? i : passing[i] - from]; \
			*(type *) to = (value); \
		} \
	} while (0)
#define PUT(type, ToDatum) \
	do { \
		if (packed) \
			PUT_AS(type, (type) word); \
		else \
			PUT_AS(Datum, ToDatum((type) word)); \
	} while (0)

	switch ((SmolImage) batch->reader->meta.columns[c].image)
	{
		case SMOL_IMAGE_UINT1:
			PUT(char, CharGetDatum);
			break;
		case SMOL_IMAGE_INT2:
			PUT(int16, Int16GetDatum);
			break;
		case SMOL_IMAGE_INT4:
		case SMOL_IMAGE_UINT4:
		case SMOL_IMAGE_FLOAT4:
			PUT(int32, Int32GetDatum);
			break;
		case SMOL_IMAGE_UINT8:
			PUT_AS(Datum, (Datum) smol_flip_sign(word));
			break;
		default:
			PUT_AS(Datum, (Datum) word);
			break;
	}
#undef PUT
#undef PUT_AS
}

/* memcpy for a few bytes, of a number that the compiler doesn't know */
static inline void
copy_bytes(char *to, const uint8 *from, uint32 len)
{
	if (len >= 8)
	{
		uint64		head;
		uint64		tail;

		if (len > 16)
		{
			memcpy(to, from, len);
			return;
		}
		memcpy(&head, from, 8);
		memcpy(&tail, from + len - 8, 8);
		memcpy(to, &head, 8);
		memcpy(to + len - 8, &tail, 8);
	}
	else if (len >= 4)
	{
		uint32		head;
		uint32		tail;

		memcpy(&head, from, 4);
		memcpy(&tail, from + len - 4, 4);
		memcpy(to, &head, 4);
		memcpy(to + len - 4, &tail, 4);
	}
	else if (len > 0)
	{
		/* first, middle and last: some of them the same */
		to[0] = from[0];
		to[len / 2] = from[len / 2];
		to[len - 1] = from[len - 1];
	}
}

/* Room for a column's values. */
static char *
bytes_room(SmolTuples *batch, int c, Size size)
{
	if (size > batch->columns[c].bytes_room)
	{
		if (batch->columns[c].bytes)
			pfree(batch->columns[c].bytes);
		batch->columns[c].bytes = NULL;
		batch->columns[c].bytes_room = 0;
		batch->columns[c].bytes = MemoryContextAlloc(batch->context, size);
		batch->columns[c].bytes_room = size;
	}
	return batch->columns[c].bytes;
}

/*
 * Values of variable length, as long as the room for them lasts; false if it
 * doesn't.  A short header needs no alignment; some types never have one.  With
 * 'all', all rows of the batch pass.
 */
static pg_attribute_always_inline bool
try_varlenas(SmolTuples *batch, int c, const bool all)
{
	const SmolSlice *slices = batch->columns[c].vec.slices;
	const uint16 *passing = batch->passing;
	const uint32 from = batch->columns[c].from;
	const uint32 n = batch->ntuples;
	const uint32 stride = batch->stride;
	const bool	packable = TupleDescCompactAttr(batch->desc, c)->attispackable;
	char	   *p = batch->columns[c].bytes;
	const char *end = p + batch->columns[c].bytes_room;
	char	   *to = DATUM_OF(batch, c);
	SmolSlice	last = {NULL, 0};
	Datum		datum = (Datum) 0;

	for (uint32 i = 0; i < n; i++, to += stride)
	{
		SmolSlice	slice = slices[all ? i : passing[i] - from];

		if (i == 0 || !same_slice(slice, last))
		{
			if ((Size) (end - p) < (Size) slice.len + VARHDRSZ + MAXIMUM_ALIGNOF)
				return false;
			if (packable && slice.len <= VARATT_SHORT_MAX - VARHDRSZ_SHORT)
			{
				datum = PointerGetDatum(p);
				SET_VARSIZE_SHORT(p, slice.len + VARHDRSZ_SHORT);
				copy_bytes(p + VARHDRSZ_SHORT, slice.ptr, slice.len);
				p += slice.len + VARHDRSZ_SHORT;
			}
			else
			{
				p = (char *) MAXALIGN(p);
				datum = PointerGetDatum(p);
				SET_VARSIZE(p, slice.len + VARHDRSZ);
				memcpy(VARDATA(p), slice.ptr, slice.len);
				p += slice.len + VARHDRSZ;
			}
			last = slice;
		}
		*(Datum *) to = datum;
	}
	return true;
}

static void
put_varlenas(SmolTuples *batch, int c)
{
	const bool	all = batch->ntuples == batch->nrows;
	const SmolSlice *slices = batch->columns[c].vec.slices;
	Size		size = 0;

	if (all ? try_varlenas(batch, c, true) : try_varlenas(batch, c, false))
		return;

	/* room for these, and for half as much again in batches to come */
	for (uint32 i = 0; i < batch->ntuples; i++)
	{
		uint32		at = batch->passing[i] - batch->columns[c].from;

		if (i == 0 || !same_slice(slices[at], slices[batch->passing[i - 1] - batch->columns[c].from]))
			size += slices[at].len + VARHDRSZ + MAXIMUM_ALIGNOF;
	}
	bytes_room(batch, c, size + size / 2 + VARHDRSZ + MAXIMUM_ALIGNOF);
	if (!try_varlenas(batch, c, false))
		elog(ERROR, "strings do not fit the room made for them");
}

/* Numerics that are kept as words. */
static void
put_decimals(SmolTuples *batch, int c)
{
	const uint8 scale = batch->reader->meta.columns[c].scale;
	const int64 *words = batch->columns[c].vec.words;
	const uint16 *passing = batch->passing;
	const uint32 from = batch->columns[c].from;
	char	   *to = DATUM_OF(batch, c);
	char	   *p = bytes_room(batch, c, batch->ntuples *
							   (VARHDRSZ_SHORT + SMOL_DECIMAL_BYTES));
	Datum		datum = (Datum) 0;

	for (uint32 i = 0; i < batch->ntuples; i++, to += batch->stride)
	{
		if (i == 0 || words[passing[i] - from] != words[passing[i - 1] - from])
		{
			uint32		len = smol_word_to_numeric(words[passing[i] - from], scale,
												   (uint8 *) p + VARHDRSZ_SHORT);

			datum = PointerGetDatum(p);
			SET_VARSIZE_SHORT(p, len + VARHDRSZ_SHORT);
			p += len + VARHDRSZ_SHORT;
		}
		*(Datum *) to = datum;
	}
}

/*
 * Values of a fixed width that are passed by reference: byte strings, names,
 * and on machines of 32 bits words.
 */
static void
put_fixed(SmolTuples *batch, int c)
{
	CompactAttribute *att = TupleDescCompactAttr(batch->desc, c);
	const SmolColumnDesc *desc = &batch->reader->meta.columns[c];
	const SmolVec *vec = &batch->columns[c].vec;
	const uint16 *passing = batch->passing;
	const uint32 from = batch->columns[c].from;
	Size		width = MAXALIGN(att->attlen);
	char	   *to = DATUM_OF(batch, c);
	char	   *p;

	/* bytes that need no alignment stay where they are until the next batch */
	if (desc->image == SMOL_IMAGE_FIXED && att->attalignby == 1)
	{
		for (uint32 i = 0; i < batch->ntuples; i++, to += batch->stride)
			*(Datum *) to = PointerGetDatum(vec->slices[passing[i] - from].ptr);
		return;
	}

	p = bytes_room(batch, c, batch->ntuples * width);

	for (uint32 i = 0; i < batch->ntuples; i++, to += batch->stride, p += width)
	{
		*(Datum *) to = PointerGetDatum(p);
		if (desc->image == SMOL_IMAGE_NAME)
			smol_put_name(p, vec->slices[passing[i] - from]);
		else if (vec->slices)
			memcpy(p, vec->slices[passing[i] - from].ptr, desc->length);
		else
		{
			int64		word = vec->words[passing[i] - from];

			if (desc->image == SMOL_IMAGE_UINT8)
				word = smol_flip_sign(word);
			memcpy(p, &word, sizeof(word));
		}
	}
}

/*
 * NULLs are not stored in a tuple: where there is one, move up what is behind.
 */
static void
take_out_nulls(SmolTuples *batch)
{
	int			ncolumns = batch->reader->meta.ncolumns;

	for (uint32 i = 0; i < batch->ntuples; i++)
	{
		HeapTupleHeader tuple = smol_get_tuple(batch, i);
		Datum	   *datums = (Datum *) ((char *) tuple + DATUMS_OFFSET);
		uint32		row = batch->passing[i];
		int			put = 0;
		int			kept = 0;

		memset(tuple->t_bits, 0, BITMAPLEN(ncolumns));
		for (int c = 0; c < ncolumns; c++)
		{
			Datum		datum;

			if (!batch->columns[c].wanted)
				continue;
			datum = datums[put++];
			if (batch->columns[c].has_nulls && batch->columns[c].nulls[row - batch->columns[c].from] != 0)
				continue;
			tuple->t_bits[c >> 3] |= 1 << (c & 7);
			datums[kept++] = datum;
		}
		tuple->t_infomask = kept < ncolumns ? HEAP_HASNULL : 0;
	}
	batch->null_headers = true;
}

static void
form_tuples(SmolTuples *batch)
{
	const SmolMetaPageData *meta = &batch->reader->meta;
	uint32		from = batch->passing[0];
	uint32		n = batch->passing[batch->ntuples - 1] + 1 - from;
	int			ncolumns = batch->for_probe ? 1 : meta->ncolumns;
	bool		any_nulls = false;

	for (int c = 0; c < ncolumns; c++)
	{
		CompactAttribute *att = TupleDescCompactAttr(batch->desc, c);

		if (!batch->columns[c].wanted)
			continue;
		if (!batch->columns[c].decoded)
			decode_column(batch, c, from, n);
		if (att->attbyval && batch->ntuples == batch->nrows)
			put_words(batch, c, true);
		else if (att->attbyval)
			put_words(batch, c, false);
		else if (meta->columns[c].image == SMOL_IMAGE_DECIMAL)
			put_decimals(batch, c);
		else if (att->attlen > 0)
			put_fixed(batch, c);
		else
			put_varlenas(batch, c);
		any_nulls |= batch->columns[c].has_nulls;
	}

	if (batch->for_probe)
		return;
	if (any_nulls)
		take_out_nulls(batch);
	else if (batch->null_headers)
	{
		put_headers(batch, batch->room);
		batch->null_headers = false;
	}
}

/*
 * Take in rows [first, first + n) of the reader's leaf: filter them, and make
 * tuples of those that pass.
 */
void
smol_fill_tuples(SmolTuples *batch, const SmolScanKeys *keys, uint32 first, uint32 n)
{
	Assert(n > 0 && n <= SMOL_TUPLES_MAX);
	if (n > batch->room)
		make_room(batch, n);
	batch->leaf = batch->reader->leaf;
	batch->first = first;
	batch->nrows = n;
	for (int c = 0; c < batch->reader->meta.ncolumns; c++)
		batch->columns[c].decoded = false;

	if (keys->nfilters == 0)
	{
		for (uint32 i = 0; i < n; i++)
			batch->passing[i] = (uint16) i;
		batch->ntuples = n;
	}
	else
	{
		bool		pass[SMOL_TUPLES_MAX];
		uint32		ntuples = 0;

		memset(pass, true, n);
		for (int f = 0; f < keys->nfilters; f++)
			apply_filter(batch, &keys->filters[f], pass);
		for (uint32 i = 0; i < n; i++)
		{
			batch->passing[ntuples] = (uint16) i;
			ntuples += pass[i];
		}
		batch->ntuples = ntuples;
	}
	if (batch->ntuples > 0)
		form_tuples(batch);
}

/*
 * Which tuple of the batch is that of a row of the leaf?  It is there.
 */
uint32
smol_find_tuple(const SmolTuples *batch, uint32 row)
{
	uint32		lo = 0;
	uint32		hi = batch->ntuples;

	while (lo < hi)
	{
		uint32		mid = lo + (hi - lo) / 2;

		if (batch->first + batch->passing[mid] < row)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * An index tuple with the first column of tuple i, and NULLs behind it: the
 * planner's probe for extreme values takes no other kind of tuple, and no other
 * column.
 */
IndexTuple
smol_form_probe_tuple(const SmolTuples *batch, uint32 i)
{
	Datum		values[INDEX_MAX_KEYS] = {0};
	bool		isnull[INDEX_MAX_KEYS];

	memset(isnull, true, sizeof(isnull));
	if (!batch->columns[0].has_nulls || batch->columns[0].nulls[batch->passing[i] - batch->columns[0].from] == 0)
	{
		const char *at = DATUM_OF(batch, 0) + (Size) i * batch->stride;

		values[0] = batch->packed ?
			fetchatt(TupleDescCompactAttr(batch->desc, 0), at) : *(const Datum *) at;
		isnull[0] = false;
	}
	return index_form_tuple(batch->desc, values, isnull);
}
