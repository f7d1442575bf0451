/*-------------------------------------------------------------------------
 *
 * smoltype.h
 *	  Datums and their stored images.
 *
 * Each supported type is one row of a table in smoltype.c.  All other code
 * knows images (format/smolpage.h) only.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/type/smoltype.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLTYPE_H
#define SMOLTYPE_H

#include "access/skey.h"
#include "codec/smolcodec.h"
#include "fmgr.h"
#include "format/smolpage.h"
#include "utils/rel.h"
#include "varatt.h"

/* One value in its image. */
typedef struct SmolValue
{
	int64		word;			/* word images */
	SmolSlice	slice;			/* the others */
} SmolValue;

/*
 * Compares stored values of one column with something: a search argument or
 * other values.  Order is that of the type, ascending; nulls are the caller's.
 */
typedef enum SmolOrder
{
	SMOL_ORDER_WORD,			/* int64 comparison */
	SMOL_ORDER_FLOAT,			/* as float8, NaN last */
	SMOL_ORDER_BYTES,			/* memcmp, then length */
	SMOL_ORDER_DECIMAL,			/* int64 comparison with any numeric */
	SMOL_ORDER_FMGR,			/* the opclass's function 1 */
} SmolOrder;

/* The right-hand side of a comparison; the order says which field counts. */
typedef struct SmolArgument
{
	int64		word;			/* WORD, DECIMAL */
	bool		between;		/* DECIMAL: above the word, below the next */
	double		number;			/* FLOAT */
	SmolSlice	slice;			/* BYTES */
	Datum		datum;			/* what it was made of; by value or not copied */
} SmolArgument;

typedef struct SmolComparator
{
	SmolOrder	order;
	SmolColumnDesc desc;		/* of the stored side */
	FmgrInfo   *function;		/* FMGR */
	Oid			collation;		/* FMGR */

	SmolArgument argument;		/* what to compare with */

	/* FMGR: room for a stored value's Datum */
	MemoryContext context;
	char	   *scratch;
	Size		scratch_size;
} SmolComparator;

/* How a column is stored. */
extern bool smol_describe_column(Relation index, int column, SmolColumnDesc *desc);
extern bool smol_describe_type(Oid type, SmolColumnDesc *desc);
extern bool smol_describe_result(Oid type, SmolColumnDesc *desc);
extern bool smol_can_store(const SmolColumnDesc *desc, Datum datum);
extern void smol_widen_column(SmolColumnDesc *desc);

extern Datum smol_value_to_datum(const SmolColumnDesc *desc,
								 int64 word, SmolSlice slice);

extern Size smol_datum_room(const SmolColumnDesc *desc, SmolSlice slice);
extern Datum smol_make_datum(const SmolColumnDesc *desc, int64 word,
							 SmolSlice slice, char *room);

/* Comparators; what they need lives in the memory context of their making. */
extern void smol_init_comparator(SmolComparator *cmp, Relation index, int column,
								 const SmolColumnDesc *desc, Oid argtype);
extern void smol_init_family_comparator(SmolComparator *cmp, const SmolColumnDesc *desc,
										Oid opfamily, Oid type, Oid argtype,
										Oid collation, bool equality);
extern void smol_prepare_argument(const SmolComparator *cmp, Oid argtype,
								  Datum datum, SmolArgument *argument);
extern void smol_value_to_argument(const SmolComparator *cmp, int64 word,
								   SmolSlice slice, SmolArgument *argument);
extern int	smol_compare_argument(SmolComparator *cmp, int64 word, SmolSlice slice);

/* decimal.c: numerics of one scale */
#define SMOL_DECIMAL_BYTES	16	/* enough for any decimal, without the header */

extern int64 smol_numeric_to_word(struct varlena *numeric, int scale, bool *between);
extern uint32 smol_word_to_numeric(int64 word, int scale, uint8 *out);
extern bool smol_numeric_is_decimal(struct varlena *numeric, int scale);
extern SmolSlice smol_normal_numeric(SmolSlice numeric, uint8 *room);

/* Is the argument a word that words are compared with, and nothing else? */
static inline bool
smol_argument_is_word(const SmolComparator *cmp)
{
	return cmp->order == SMOL_ORDER_WORD ||
		(cmp->order == SMOL_ORDER_DECIMAL && !cmp->argument.between);
}

/* pg_lsn and the like: unsigned to signed, and back, keeping the order */
static inline int64
smol_flip_sign(int64 word)
{
	return (int64) ((uint64) word ^ ((uint64) 1 << 63));
}

/*
 * Bytes of a name before the first zero; what comes after those is for nobody
 * to see.  The last byte of a name is zero.
 */
static inline uint32
smol_name_length(const char *name)
{
	return (uint32) strnlen(name, NAMEDATALEN - 1);
}

/* The whole of a name; a slice from a damaged page may be of any length. */
static inline void
smol_put_name(char *to, SmolSlice slice)
{
	uint32		len = Min(slice.len, NAMEDATALEN - 1);

	memcpy(to, slice.ptr, len);
	memset(to + len, 0, NAMEDATALEN - len);
}

/*
 * The float value of a word that holds a float's bits.
 */
static inline double
smol_word_to_float(uint8 image, int64 word)
{
	if (image == SMOL_IMAGE_FLOAT4)
	{
		uint32		bits = (uint32) word;
		float		f;

		memcpy(&f, &bits, sizeof(f));
		return f;
	}
	else
	{
		double		d;

		memcpy(&d, &word, sizeof(d));
		return d;
	}
}

/* PostgreSQL's order of floats: NaNs are equal, and after all others. */
static inline int
smol_compare_floats(double a, double b)
{
	if (unlikely(a != a))
		return b != b ? 0 : 1;
	if (unlikely(b != b))
		return -1;
	return a < b ? -1 : a > b ? 1 : 0;
}

static inline int
smol_compare_slices(SmolSlice a, SmolSlice b)
{
	int			c;

	Assert(a.ptr != NULL && b.ptr != NULL);
	c = memcmp(a.ptr, b.ptr, Min(a.len, b.len));
	if (c != 0)
		return c;
	return a.len < b.len ? -1 : a.len > b.len ? 1 : 0;
}

/*
 * Datum to image.  A VARLENA datum must not be toasted (short headers are
 * fine); slices point into the datum.
 */
static inline void
smol_datum_to_value(const SmolColumnDesc *desc, Datum datum, SmolValue *value)
{
	value->word = 0;
	value->slice.ptr = NULL;
	value->slice.len = 0;

	switch ((SmolImage) desc->image)
	{
		case SMOL_IMAGE_UINT1:
			value->word = DatumGetUInt8(datum);
			break;
		case SMOL_IMAGE_INT2:
			value->word = DatumGetInt16(datum);
			break;
		case SMOL_IMAGE_INT4:
			value->word = DatumGetInt32(datum);
			break;
		case SMOL_IMAGE_INT8:
			value->word = DatumGetInt64(datum);
			break;
		case SMOL_IMAGE_UINT4:
			value->word = (int64) DatumGetUInt32(datum);
			break;
		case SMOL_IMAGE_FLOAT4:
			{
				float4		f = DatumGetFloat4(datum);
				uint32		bits;

				memcpy(&bits, &f, sizeof(bits));
				value->word = (int64) bits;
				break;
			}
		case SMOL_IMAGE_FLOAT8:
			{
				float8		f = DatumGetFloat8(datum);

				memcpy(&value->word, &f, sizeof(f));
				break;
			}
		case SMOL_IMAGE_FIXED:
			value->slice.ptr = (const uint8 *) DatumGetPointer(datum);
			value->slice.len = desc->length;
			break;
		case SMOL_IMAGE_VARLENA:
			value->slice.ptr = (const uint8 *) VARDATA_ANY(DatumGetPointer(datum));
			value->slice.len = VARSIZE_ANY_EXHDR(DatumGetPointer(datum));
			break;
		case SMOL_IMAGE_UINT8:
			value->word = smol_flip_sign(DatumGetInt64(datum));
			break;
		case SMOL_IMAGE_DECIMAL:
			{
				bool		between;

				value->word = smol_numeric_to_word((struct varlena *) DatumGetPointer(datum),
												   desc->scale, &between);
				if (between)
					elog(ERROR, "numeric has more digits than its column");
				break;
			}
		case SMOL_IMAGE_NAME:
			value->slice.ptr = (const uint8 *) DatumGetPointer(datum);
			value->slice.len = smol_name_length(DatumGetPointer(datum));
			break;
	}
}

#endif							/* SMOLTYPE_H */
