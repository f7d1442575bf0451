/*-------------------------------------------------------------------------
 *
 * rowsort.c
 *	  Sorting an index's rows.
 *
 * The sort is PostgreSQL's, of index tuples, as nbtree has it: by key, and rows
 * with equal keys by TID.  There most of the time goes into comparing what is
 * not in the array that is sorted but in tuples that lie anywhere in memory:
 * second keys, and TIDs where keys are equal.  So here each row takes along a
 * prefix, a number made of its first key columns, and of its TID if there is
 * room left, that is less than another's only if the row comes before it.  Its
 * high part is what tuplesort calls the first key column; its low part lies where
 * the number of a tape will be noted once runs are merged, and then behind the
 * tuple.  Tuples are looked at if prefixes are the same and don't say it all.
 *
 * A key column whose order is not known to be that of its image or its bytes has
 * no prefix; if it is the first one, rows are sorted as nbtree would.
 *
 * Index tuples are made, and taken apart, by loops of our own if there is nothing
 * special about them, which most are; the bytes are the same.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/rowsort.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/itup.h"
#include "am/smolbuild.h"
#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"
#include "storage/bufmgr.h"
#include "type/smoltype.h"

/* Bits of a prefix: a Datum's, and those of SortTuple.srctape. */
#define HIGH_BITS		(SIZEOF_DATUM * BITS_PER_BYTE)
#define LOW_BITS		32
#define PREFIX_BITS		(HIGH_BITS + LOW_BITS)

/*
 * A string of any length is cut into parts of four bytes, zeros behind the last, each
 * with the number of its bytes, of which this says "and more".  So it takes no more
 * of the prefix than it has, and what follows is compared only if strings are the
 * same.
 */
#define PART_BITS		32
#define COUNT_BITS		3
#define AND_MORE		5

/* More bytes of a string than this are of no use. */
#define PREFIX_BYTES	(PREFIX_BITS / BITS_PER_BYTE)

StaticAssertDecl(sizeof(((SortTuple *) NULL)->srctape) * BITS_PER_BYTE == LOW_BITS,
				 "the low part fits");

typedef struct SortPrefix
{
	uint64		high;
	uint32		low;
	int			nbits;			/* so far */
} SortPrefix;

/* A key column in the prefix. */
typedef struct KeyPart
{
	SmolOrder	order;
	SmolColumnDesc desc;
	bool		has_null_bit;
	uint64		flip;			/* all ones where the order descends */
} KeyPart;

struct SmolRowOrder
{
	TupleDesc	tupdesc;
	int			nkeys;
	SortSupport keys;			/* comparators of whole values */
	int			nparts;
	KeyPart		parts[INDEX_MAX_KEYS];
	bool		has_tid;		/* behind the key columns, if there is room */
	int			block_bits;
	int			offset_bits;

	/*
	 * Key columns that are equal where prefixes are.  If the first one has
	 * strings of any length, it is if they end there.
	 */
	int			nequal;
	bool		begins_with_string;

	SortSupport high_key;		/* what tuplesort has for the high part */
	bool		merging;		/* the low part lies behind the tuple */
};

/*
 * Add a number of so many bits, or what there is room for: the upper ones.
 */
static inline void
put_bits(SortPrefix *prefix, uint64 value, int width)
{
	int			left = PREFIX_BITS - prefix->nbits;
	int			end;

	if (width > left)
	{
		if (left == 0)
			return;
		value >>= width - left;
		width = left;
	}
	end = prefix->nbits + width;
	if (end <= HIGH_BITS)
		prefix->high |= value << (HIGH_BITS - end);
	else
	{
		if (prefix->nbits < HIGH_BITS)
			prefix->high |= value >> (end - HIGH_BITS);
		prefix->low |= (uint32) (value << (PREFIX_BITS - end));
	}
	prefix->nbits = end;
}

static inline uint64
low_bits(int width)
{
	return PG_UINT64_MAX >> (64 - width);
}

/* Bits that a word of an image has. */
static inline int
word_bits(uint8 image)
{
	switch ((SmolImage) image)
	{
		case SMOL_IMAGE_UINT1:
			return 8;
		case SMOL_IMAGE_INT2:
			return 16;
		case SMOL_IMAGE_INT4:
		case SMOL_IMAGE_UINT4:
		case SMOL_IMAGE_FLOAT4:
			return 32;
		default:
			return 64;
	}
}

/* An integer's bits in the order of integers. */
static inline uint64
order_int(uint8 image, int64 word, int width)
{
	if (image == SMOL_IMAGE_UINT1 || image == SMOL_IMAGE_UINT4)
		return (uint64) word;
	return (uint64) word + (UINT64CONST(1) << (width - 1));
}

/*
 * A float's bits in the order of floats: zeros are equal, and so are NaNs, which
 * are the greatest.
 */
static inline uint64
order_float(uint8 image, int64 word, int width)
{
	double		value = smol_word_to_float(image, word);
	uint64		sign = UINT64CONST(1) << (width - 1);
	uint64		bits = (uint64) word;

	if (isnan(value))
		return low_bits(width);
	if (value == 0)
		return sign;
	return bits & sign ? ~bits & low_bits(width) : bits | sign;
}

/* Add what all values of the column have the length of. */
static inline void
put_fixed(SortPrefix *prefix, SmolSlice string, uint64 flip)
{
	uint32		len = Min(string.len, PREFIX_BYTES);
	uint32		first = Min(len, sizeof(uint64));

	for (uint32 at = 0; at < len; at += first, first = Min(len - at, sizeof(uint64)))
	{
		SmolSlice	part = {string.ptr + at, first};
		int			width = (int) first * BITS_PER_BYTE;

		put_bits(prefix, (smol_first_bytes(part) ^ flip) >> (64 - width), width);
	}
}

/* Add a string of any length. */
static inline void
put_string(SortPrefix *prefix, SmolSlice string, uint64 flip)
{
	const int	width = PART_BITS + COUNT_BITS;
	uint32		at = 0;
	uint32		count;

	do
	{
		SmolSlice	part = {string.ptr + at};
		uint64		bits;

		count = Min(string.len - at, AND_MORE);
		part.len = Min(count, AND_MORE - 1);
		bits = smol_first_bytes(part) >> (64 - PART_BITS) << COUNT_BITS | count;
		put_bits(prefix, (bits ^ flip) & low_bits(width), width);
		at += AND_MORE - 1;
	} while (count == AND_MORE && prefix->nbits < PREFIX_BITS);
}

/* Does a prefix that begins with a string have all of it? */
static inline bool
has_string(const SmolRowOrder *order, uint64 high, uint32 low)
{
	const int	count_at = HIGH_BITS - PART_BITS - COUNT_BITS;
	const int	count_at_low = PREFIX_BITS - 2 * (PART_BITS + COUNT_BITS);
	uint64		flip = order->parts[0].flip;

	return ((high ^ flip) >> count_at & low_bits(COUNT_BITS)) < AND_MORE ||
		((low ^ flip) >> count_at_low & low_bits(COUNT_BITS)) < AND_MORE;
}

/* Add a value's bits. */
static inline void
put_value(SortPrefix *prefix, const KeyPart *part, Datum datum)
{
	const SmolColumnDesc *desc = &part->desc;
	int			width = word_bits(desc->image);
	struct varlena *given = NULL;
	struct varlena *varlena = NULL;
	SmolValue	value;
	uint64		bits = 0;
	bool		between;

	/* it may be compressed, and not yet or no more lie in a tuple */
	if (desc->image == SMOL_IMAGE_VARLENA || desc->image == SMOL_IMAGE_DECIMAL)
	{
		given = (struct varlena *) DatumGetPointer(datum);
		varlena = pg_detoast_datum_packed(given);
		datum = PointerGetDatum(varlena);
	}

	switch (part->order)
	{
		case SMOL_ORDER_WORD:
			smol_datum_to_value(desc, datum, &value);
			bits = order_int(desc->image, value.word, width);
			break;
		case SMOL_ORDER_FLOAT:
			smol_datum_to_value(desc, datum, &value);
			bits = order_float(desc->image, value.word, width);
			break;
		case SMOL_ORDER_DECIMAL:
			/* of any numeric, as this one may turn out not to be a decimal */
			bits = (uint64) smol_flip_sign(smol_numeric_to_word(varlena, desc->scale, &between));
			break;
		case SMOL_ORDER_BYTES:
			smol_datum_to_value(desc, datum, &value);
			if (desc->image == SMOL_IMAGE_FIXED)
				put_fixed(prefix, value.slice, part->flip);
			else
				put_string(prefix, value.slice, part->flip);
			break;
		case SMOL_ORDER_FMGR:
			pg_unreachable();
	}
	if (part->order != SMOL_ORDER_BYTES)
		put_bits(prefix, (bits ^ part->flip) & low_bits(width), width);
	if (unlikely(varlena != given))
		pfree(varlena);
}

/*
 * The prefix of a row, whose columns' values are given, or else are those of the
 * tuple.
 */
static inline void
make_prefix(const SmolRowOrder *order, IndexTuple itup, const Datum *values,
			const bool *isnull, SortTuple *stup)
{
	SortPrefix	prefix = {0};

	stup->isnull1 = false;
	for (int i = 0; i < order->nparts && prefix.nbits < PREFIX_BITS; i++)
	{
		const KeyPart *part = &order->parts[i];
		bool		null;
		Datum		datum;

		if (values)
		{
			null = isnull[i];
			datum = values[i];
		}
		else
			datum = index_getattr(itup, i + 1, order->tupdesc, &null);

		/* the first one's is an attribute of the sort */
		if (i == 0)
			stup->isnull1 = null;
		else if (part->has_null_bit)
			put_bits(&prefix, null != order->keys[i].ssup_nulls_first, 1);
		if (!null)
			put_value(&prefix, part, datum);
		else
			put_bits(&prefix, 0, word_bits(part->desc.image));
	}
	if (order->has_tid && prefix.nbits < PREFIX_BITS)
	{
		BlockNumber block = ItemPointerGetBlockNumber(&itup->t_tid);
		OffsetNumber offset = ItemPointerGetOffsetNumber(&itup->t_tid);

		put_bits(&prefix, Min(block, low_bits(order->block_bits)), order->block_bits);
		put_bits(&prefix, Min(offset, low_bits(order->offset_bits)), order->offset_bits);
	}
	stup->datum1 = (Datum) prefix.high;
	stup->srctape = (int) prefix.low;
}

/*
 * Order of two rows by their tuples, the first key columns being equal.
 */
static int
compare_tuples(const SmolRowOrder *order, IndexTuple a, IndexTuple b, int nequal)
{
	for (int i = nequal; i < order->nkeys; i++)
	{
		bool		a_null;
		bool		b_null;
		Datum		a_datum = index_getattr(a, i + 1, order->tupdesc, &a_null);
		Datum		b_datum = index_getattr(b, i + 1, order->tupdesc, &b_null);
		int			c = ApplySortComparator(a_datum, a_null, b_datum, b_null,
											&order->keys[i]);

		if (c != 0)
			return c;
	}
	return ItemPointerCompare(&a->t_tid, &b->t_tid);
}

/* The low part of a tuple that was read from a tape. */
static inline uint32 *
low_behind(IndexTuple itup)
{
	return (uint32 *) ((char *) itup + IndexTupleSize(itup));
}

/*
 * Order of two rows whose high parts are the same, or whose first key column is
 * NULL.
 */
static inline int
compare_low(const SmolRowOrder *order, const SortTuple *a, const SortTuple *b,
			bool merging)
{
	int			nequal = order->nequal;
	uint32		a_low;
	uint32		b_low;

	if (unlikely(a->isnull1) && a->datum1 != b->datum1)
		return a->datum1 < b->datum1 ? -1 : 1;
	a_low = merging ? *low_behind(a->tuple) : (uint32) a->srctape;
	b_low = merging ? *low_behind(b->tuple) : (uint32) b->srctape;
	if (a_low != b_low)
		return a_low < b_low ? -1 : 1;
	if (order->begins_with_string)
		nequal = !a->isnull1 && has_string(order, a->datum1, a_low);
	return compare_tuples(order, a->tuple, b->tuple, nequal);
}

static int
compare_rest(const SortTuple *a, const SortTuple *b, Tuplesortstate *state)
{
	const SmolRowOrder *order = TuplesortstateGetPublic(state)->arg;

	return compare_low(order, a, b, order->merging);
}

static int
compare_rows(const SortTuple *a, const SortTuple *b, Tuplesortstate *state)
{
	int			c = ApplyUnsignedSortComparator(a->datum1, a->isnull1,
												b->datum1, b->isnull1,
												TuplesortstateGetPublic(state)->sortKeys);

	return c != 0 ? c : compare_rest(a, b, state);
}

/*
 * Order of two rows that were taken out of sorts, which need not be the same one.
 */
int
smol_compare_rows(const SmolRowOrder *order, const SortTuple *a, const SortTuple *b)
{
	int			c;

	/* what tuplesort has of the first column may differ between processes */
	if (order->nparts == 0)
		return compare_tuples(order, a->tuple, b->tuple, 0);
	c = ApplyUnsignedSortComparator(a->datum1, a->isnull1, b->datum1, b->isnull1,
									order->high_key);
	return c != 0 ? c : compare_low(order, a, b, false);
}

/*
 * Read a tuple of a run.  Once there are any to be read, all are on tapes, and
 * the numbers of these are where the low parts were.
 */
static void
read_row(Tuplesortstate *state, SortTuple *stup, LogicalTape *tape, unsigned int len)
{
	SmolRowOrder *order = TuplesortstateGetPublic(state)->arg;
	unsigned int tuplen = len - sizeof(unsigned int);
	IndexTuple	itup = tuplesort_readtup_alloc(state, tuplen + sizeof(uint32));

	order->merging = true;
	LogicalTapeReadExact(tape, itup, tuplen);
	stup->tuple = itup;
	make_prefix(order, itup, NULL, NULL, stup);
	*low_behind(itup) = (uint32) stup->srctape;
}

/*
 * Lay out the prefix; false if there is none.
 */
static bool
lay_out_prefix(SmolBuild *build, SmolRowOrder *order)
{
	int			nbits = 0;
	bool		is_exact = true;	/* so far, if there is room */
	bool		is_fixed = true;

	for (int i = 0; i < order->nkeys && is_exact && nbits < PREFIX_BITS; i++)
	{
		KeyPart    *part = &order->parts[order->nparts];
		SmolComparator comparator;

		smol_init_comparator(&comparator, build->index, i, &build->meta.columns[i],
							 InvalidOid);
		if (comparator.order == SMOL_ORDER_FMGR)
			break;
		order->nparts++;
		part->order = comparator.order;
		part->desc = build->meta.columns[i];
		part->has_null_bit = i > 0 && (build->meta.flags & SMOL_META_NULLS) != 0;
		part->flip = part->desc.flags & SMOL_COLUMN_DESC ? PG_UINT64_MAX : 0;
		nbits += part->has_null_bit;
		if (part->order != SMOL_ORDER_BYTES)
			nbits += word_bits(part->desc.image);
		else if (part->desc.image == SMOL_IMAGE_FIXED)
			nbits += part->desc.length * BITS_PER_BYTE;
		else
		{
			nbits += PART_BITS + COUNT_BITS;	/* or more */
			is_fixed = false;
			order->begins_with_string |= i == 0;
		}
		is_exact = part->order != SMOL_ORDER_DECIMAL;
		if (is_exact && is_fixed && nbits <= PREFIX_BITS)
			order->nequal = i + 1;
	}

	order->block_bits = pg_leftmost_one_pos32(Max(build->heap_blocks, 1)) + 1;
	order->offset_bits = pg_leftmost_one_pos32(MaxHeapTuplesPerPage) + 1;
	order->has_tid = is_exact && order->nparts == order->nkeys;
	return order->nparts > 0;
}

/*
 * Prepare for making tuples by form_row and taking them apart by smol_get_values.
 */
static void
lay_out_tuples(SmolBuild *build)
{
	TupleDesc	tupdesc = RelationGetDescr(build->index);
	Size		room = 0;

	build->tuple_room = 0;
	for (int i = 0; i < tupdesc->natts; i++)
	{
		CompactAttribute *att = TupleDescCompactAttr(tupdesc, i);
		SmolRowColumn *column = &build->row_columns[i];

		column->alignby = att->attalignby;
		column->len = att->attlen;
		if (att->attbyval)
			column->kind = SMOL_FIELD_BYVAL;
		else if (att->attlen > 0)
			column->kind = SMOL_FIELD_FIXED;
		else if (att->attlen == -1 && att->attispackable)
			column->kind = SMOL_FIELD_VARLENA;
		else
			return;
		room += att->attalignby + (att->attlen > 0 ? att->attlen : VARATT_SHORT_MAX);
	}
	if (room <= SMOL_MAX_QUICK_TUPLE)
		build->tuple_room = sizeof(IndexTupleData) + room;
}

/*
 * Start a sort of rows, as build->sort and build->order.
 */
void
smol_begin_sort(SmolBuild *build, int memory)
{
	SmolRowOrder *order = palloc0(sizeof(SmolRowOrder));
	TuplesortPublic *base;

	lay_out_tuples(build);
	build->sort = tuplesort_begin_index_btree(build->heap, build->index, false, false,
											  memory, NULL, TUPLESORT_NONE);
	build->order = order;
	base = TuplesortstateGetPublic(build->sort);
	order->tupdesc = RelationGetDescr(build->index);
	order->nkeys = base->nKeys;
	order->keys = palloc(sizeof(SortSupportData) * order->nkeys);
	memcpy(order->keys, base->sortKeys, sizeof(SortSupportData) * order->nkeys);
	if (order->keys[0].abbrev_converter)
		order->keys[0].comparator = order->keys[0].abbrev_full_comparator;
	if (!lay_out_prefix(build, order))
		return;

	/* what follows makes tuplesort compare high parts in place */
	base->sortKeys[0].comparator = ssup_datum_unsigned_cmp;
	base->sortKeys[0].ssup_reverse = false;
	base->sortKeys[0].abbrev_converter = NULL;
	base->comparetup = compare_rows;
	base->comparetup_tiebreak = compare_rest;
	base->readtup = read_row;
	base->arg = order;
	order->high_key = base->sortKeys;
}

/* Go on to where a field may begin, with zeros. */
static inline char *
align_field(char *at, uint8 alignby)
{
	while (((uintptr_t) at & (alignby - 1)) != 0)
		*at++ = 0;
	return at;
}

/*
 * As index_form_tuple_context, of values none of which is NULL.  NULL if one of
 * them is no short string, however it is given.
 */
static inline IndexTuple
form_row(const SmolBuild *build, const Datum *values, MemoryContext context)
{
	int			ncolumns = build->meta.ncolumns;
	union
	{
		IndexTupleData header;
		double		force_align_d;
		int64		force_align_i64;
		char		bytes[sizeof(IndexTupleData) + SMOL_MAX_QUICK_TUPLE + MAXIMUM_ALIGNOF];
	}			made;
	char	   *at = made.bytes + MAXALIGN(sizeof(IndexTupleData));
	uint16		flags = 0;
	IndexTuple	itup;
	Size		size;

	for (int i = 0; i < ncolumns; i++)
	{
		const SmolRowColumn *column = &build->row_columns[i];
		char	   *value = DatumGetPointer(values[i]);

		switch (column->kind)
		{
			case SMOL_FIELD_BYVAL:
				at = align_field(at, column->alignby);
				store_att_byval(at, values[i], column->len);
				at += column->len;
				break;
			case SMOL_FIELD_FIXED:
				at = align_field(at, column->alignby);
				memcpy(at, value, column->len);
				at += column->len;
				break;
			case SMOL_FIELD_VARLENA:
				flags = INDEX_VAR_MASK;
				if (VARATT_IS_SHORT(value) && !VARATT_IS_EXTERNAL(value))
				{
					memcpy(at, value, VARSIZE_SHORT(value));
					at += VARSIZE_SHORT(value);
				}
				else if (VARATT_CAN_MAKE_SHORT(value))
				{
					Size		len = VARATT_CONVERTED_SHORT_SIZE(value);

					SET_VARSIZE_SHORT(at, len);
					memcpy(at + 1, VARDATA(value), len - 1);
					at += len;
				}
				else
					return NULL;
				break;
		}
	}
	at = align_field(at, MAXIMUM_ALIGNOF);
	size = at - made.bytes;
	made.header.t_info = (unsigned short) (flags | size);
	itup = MemoryContextAlloc(context, size);
	memcpy(itup, made.bytes, size);
	return itup;
}

/*
 * As index_deform_tuple and smol_datum_to_value.  False if a value is NULL, or is
 * compressed.
 */
bool
smol_get_values(const SmolBuild *build, IndexTuple itup, SmolValue *values)
{
	const char *at = (const char *) itup + MAXALIGN(sizeof(IndexTupleData));

	if (IndexTupleHasNulls(itup) || build->tuple_room == 0)
		return false;
	for (int i = 0; i < build->meta.ncolumns; i++)
	{
		const SmolColumnDesc *desc = &build->meta.columns[i];
		const SmolRowColumn *column = &build->row_columns[i];
		SmolValue  *value = &values[i];

		if (column->kind != SMOL_FIELD_VARLENA || !VARATT_NOT_PAD_BYTE(at))
			at = (const char *) TYPEALIGN(column->alignby, at);
		switch ((SmolImage) desc->image)
		{
			case SMOL_IMAGE_UINT1:
				value->word = *(const uint8 *) at;
				break;
			case SMOL_IMAGE_INT2:
				value->word = *(const int16 *) at;
				break;
			case SMOL_IMAGE_INT4:
				value->word = *(const int32 *) at;
				break;
			case SMOL_IMAGE_UINT4:
			case SMOL_IMAGE_FLOAT4:
				value->word = *(const uint32 *) at;
				break;
			case SMOL_IMAGE_VARLENA:
				if (likely(VARATT_IS_SHORT(at) && !VARATT_IS_EXTERNAL(at)))
				{
					value->slice.ptr = (const uint8 *) VARDATA_SHORT(at);
					value->slice.len = VARSIZE_SHORT(at) - VARHDRSZ_SHORT;
					at += VARSIZE_SHORT(at);
					continue;
				}
				/* FALLTHROUGH */
			case SMOL_IMAGE_DECIMAL:
				if (VARATT_IS_COMPRESSED(at) || VARATT_IS_EXTERNAL(at))
					return false;
				smol_datum_to_value(desc, PointerGetDatum(at), value);
				at += VARSIZE_ANY(at);
				continue;
			case SMOL_IMAGE_INT8:
			case SMOL_IMAGE_FLOAT8:
				value->word = *(const int64 *) at;
				break;
			case SMOL_IMAGE_UINT8:
				value->word = smol_flip_sign(*(const int64 *) at);
				break;
			case SMOL_IMAGE_FIXED:
			case SMOL_IMAGE_NAME:
				smol_datum_to_value(desc, PointerGetDatum(at), value);
				break;
		}
		at += column->len;
	}
	return true;
}

/* Put a row in the sort. */
void
smol_put_row(SmolBuild *build, ItemPointer tid, const Datum *values, const bool *isnull,
			 bool any_null)
{
	TuplesortPublic *base = TuplesortstateGetPublic(build->sort);
	IndexTuple	itup = NULL;
	SortTuple	stup;

	if (build->order->nparts == 0)
	{
		tuplesort_putindextuplevalues(build->sort, build->index, tid, values, isnull);
		return;
	}
	if (!any_null && build->tuple_room > 0)
		itup = form_row(build, values, base->tuplecontext);
	if (itup == NULL)
		itup = index_form_tuple_context(build->order->tupdesc, values, isnull,
										base->tuplecontext);
	itup->t_tid = *tid;
	stup.tuple = itup;
	make_prefix(build->order, itup, values, isnull, &stup);

	/* tuples are in a context that has no headers of chunks */
	tuplesort_puttuple_common(build->sort, &stup, false, MAXALIGN(IndexTupleSize(itup)));
}

/*
 * Take the next n rows out of the sort, with their prefixes if they have any.
 * Returns how many there were.  The tuples are the sort's.
 */
int
smol_take_rows(SmolBuild *build, SortTuple *rows, int n)
{
	MemoryContext sort_context = TuplesortstateGetPublic(build->sort)->sortcontext;
	MemoryContext old = MemoryContextSwitchTo(sort_context);
	int			taken = 0;

	while (taken < n && tuplesort_gettuple_common(build->sort, true, &rows[taken]))
	{
		if (build->order->merging)
			rows[taken].srctape = (int) *low_behind(rows[taken].tuple);
		taken++;
	}
	MemoryContextSwitchTo(old);
	return taken;
}
