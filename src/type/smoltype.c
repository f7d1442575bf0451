/*-------------------------------------------------------------------------
 *
 * smoltype.c
 *	  The table of supported types, and values of theirs on their way to and
 *	  from the index.
 *
 * An image keeps every byte: values that are equal but not the same (numeric
 * 1.0 and 1.00, float 0.0 and -0.0) come back as they went in.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/type/smoltype.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/nbtree.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_type_d.h"
#include "type/smoltype.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"

typedef struct SmolType
{
	Oid			type;
	uint8		image;
	uint16		length;			/* FIXED images */
	uint8		stats;

	/*
	 * Which types' arguments may be compared as words without calling the
	 * operator family: those whose words count the same thing.
	 */
	uint8		axis;
	RegProcedure compare;		/* the shipped comparison function */
} SmolType;

enum
{
	AXIS_NONE,
	AXIS_BOOL,
	AXIS_INTEGER,				/* int2, int4, int8 */
	AXIS_OID,
	AXIS_DATE,					/* days */
	AXIS_TIME,					/* microseconds of a day */
	AXIS_TIMESTAMP,				/* microseconds */
	AXIS_TIMESTAMPTZ,
	AXIS_FLOAT,					/* float4, float8 */
	AXIS_UUID,
	AXIS_TEXT,					/* bytes, where the collation allows */
};

#define MINMAX	SMOL_STATS_MINMAX
#define SUM		SMOL_STATS_SUM

/*
 * A numeric has no min and max here: its bytes are in no order, and its equal
 * values are not equal in bytes.
 */
static const SmolType smol_types[] = {
	{BOOLOID, SMOL_IMAGE_UINT1, 0, MINMAX | SUM, AXIS_BOOL, F_BTBOOLCMP},
	{INT2OID, SMOL_IMAGE_INT2, 0, MINMAX | SUM, AXIS_INTEGER, F_BTINT2CMP},
	{INT4OID, SMOL_IMAGE_INT4, 0, MINMAX | SUM, AXIS_INTEGER, F_BTINT4CMP},
	{INT8OID, SMOL_IMAGE_INT8, 0, MINMAX | SUM, AXIS_INTEGER, F_BTINT8CMP},
	{OIDOID, SMOL_IMAGE_UINT4, 0, MINMAX, AXIS_OID, F_BTOIDCMP},
	{DATEOID, SMOL_IMAGE_INT4, 0, MINMAX, AXIS_DATE, F_DATE_CMP},
	{TIMEOID, SMOL_IMAGE_INT8, 0, MINMAX, AXIS_TIME, F_TIME_CMP},
	{TIMESTAMPOID, SMOL_IMAGE_INT8, 0, MINMAX, AXIS_TIMESTAMP, F_TIMESTAMP_CMP},
	{TIMESTAMPTZOID, SMOL_IMAGE_INT8, 0, MINMAX, AXIS_TIMESTAMPTZ, F_TIMESTAMPTZ_CMP},
	{FLOAT4OID, SMOL_IMAGE_FLOAT4, 0, MINMAX, AXIS_FLOAT, F_BTFLOAT4CMP},
	{FLOAT8OID, SMOL_IMAGE_FLOAT8, 0, MINMAX, AXIS_FLOAT, F_BTFLOAT8CMP},
	{UUIDOID, SMOL_IMAGE_FIXED, 16, MINMAX, AXIS_UUID, F_UUID_CMP},
	{NUMERICOID, SMOL_IMAGE_VARLENA, 0, 0, AXIS_NONE, F_NUMERIC_CMP},
	{TEXTOID, SMOL_IMAGE_VARLENA, 0, MINMAX, AXIS_TEXT, F_BTTEXTCMP},
	{VARCHAROID, SMOL_IMAGE_VARLENA, 0, MINMAX, AXIS_TEXT, F_BTTEXTCMP},
};

static const SmolType *
find_type(Oid type)
{
	for (size_t i = 0; i < lengthof(smol_types); i++)
		if (smol_types[i].type == type)
			return &smol_types[i];
	return NULL;
}

/*
 * Fill a column descriptor's image, stats and length; false if the type (or,
 * for a domain, its base type) is not supported.
 */
bool
smol_describe_type(Oid type, SmolColumnDesc *desc)
{
	const SmolType *row = find_type(getBaseType(type));

	if (row == NULL)
		return false;
	desc->image = row->image;
	desc->stats = row->stats;
	desc->length = row->length;
	return true;
}

/*
 * Datum to image.  A VARLENA datum must not be toasted (short headers are
 * fine); slices point into the datum.
 */
void
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
	}
}

/*
 * Image to Datum.  Values by reference are palloc'd in the current context,
 * but for FIXED ones, which point at the slice.
 */
Datum
smol_value_to_datum(const SmolColumnDesc *desc, int64 word, SmolSlice slice)
{
	switch ((SmolImage) desc->image)
	{
		case SMOL_IMAGE_UINT1:
			return UInt8GetDatum((uint8) word);
		case SMOL_IMAGE_INT2:
			return Int16GetDatum((int16) word);
		case SMOL_IMAGE_INT4:
			return Int32GetDatum((int32) word);
		case SMOL_IMAGE_INT8:
			return Int64GetDatum(word);
		case SMOL_IMAGE_UINT4:
			return UInt32GetDatum((uint32) word);
		case SMOL_IMAGE_FLOAT4:
			{
				uint32		bits = (uint32) word;
				float4		f;

				/* not by way of double, which would quiet a signalling NaN */
				memcpy(&f, &bits, sizeof(f));
				return Float4GetDatum(f);
			}
		case SMOL_IMAGE_FLOAT8:
			return Float8GetDatum(smol_word_to_float(SMOL_IMAGE_FLOAT8, word));
		case SMOL_IMAGE_FIXED:
			return PointerGetDatum(slice.ptr);
		case SMOL_IMAGE_VARLENA:
			{
				struct varlena *v = palloc(slice.len + VARHDRSZ);

				SET_VARSIZE(v, slice.len + VARHDRSZ);
				memcpy(VARDATA(v), slice.ptr, slice.len);
				return PointerGetDatum(v);
			}
	}
	pg_unreachable();
}

/*
 * Does text of this collation sort as memcmp sorts it?
 */
static bool
collation_is_bytewise(Oid collation)
{
	return OidIsValid(collation) && pg_newlocale_from_collation(collation)->collate_is_c;
}

/*
 * Make a comparator for key column 'column' (from 0) of an index against
 * arguments of type argtype (InvalidOid: the opclass's own).
 *
 * Words, floats and bytes are compared in place where the column's opclass is
 * the type's shipped one; an opclass with a comparison function of somebody
 * else's is always called.
 */
void
smol_init_comparator(SmolComparator *cmp, Relation index, int column,
					 const SmolColumnDesc *desc, Oid argtype)
{
	Oid			opcintype = index->rd_opcintype[column];
	const SmolType *stored = find_type(getBaseType(opcintype));
	const SmolType *arg;
	RegProcedure proc = index_getprocid(index, column + 1, BTORDER_PROC);

	if (!OidIsValid(argtype))
		argtype = opcintype;
	arg = find_type(getBaseType(argtype));

	memset(cmp, 0, sizeof(*cmp));
	cmp->image = desc->image;
	cmp->length = desc->length;
	cmp->collation = index->rd_indcollation[column];
	cmp->context = CurrentMemoryContext;

	if (stored && arg && proc == stored->compare &&
		stored->axis == arg->axis && stored->image == desc->image)
	{
		switch (stored->axis)
		{
			case AXIS_NONE:
				break;
			case AXIS_FLOAT:
				cmp->order = SMOL_ORDER_FLOAT;
				return;
			case AXIS_UUID:
				cmp->order = SMOL_ORDER_BYTES;
				return;
			case AXIS_TEXT:
				if (collation_is_bytewise(cmp->collation))
				{
					cmp->order = SMOL_ORDER_BYTES;
					return;
				}
				break;
			default:
				cmp->order = SMOL_ORDER_WORD;
				return;
		}
	}

	cmp->order = SMOL_ORDER_FMGR;
	if (argtype == opcintype)
		cmp->function = index_getprocinfo(index, column + 1, BTORDER_PROC);
	else
	{
		proc = get_opfamily_proc(index->rd_opfamily[column], opcintype, argtype,
								 BTORDER_PROC);
		if (!RegProcedureIsValid(proc))
			elog(ERROR, "missing support function %d(%u,%u) in opfamily %u",
				 BTORDER_PROC, opcintype, argtype, index->rd_opfamily[column]);
		cmp->function = palloc(sizeof(FmgrInfo));
		fmgr_info(proc, cmp->function);
	}
}

/*
 * Make an argument for a comparator of a datum of type argtype.  By-reference
 * datums are not copied, but detoasted if need be.
 */
void
smol_prepare_argument(const SmolComparator *cmp, Oid argtype, Datum datum,
					  SmolArgument *argument)
{
	SmolColumnDesc desc = {0};
	SmolValue	value;

	memset(argument, 0, sizeof(*argument));
	if (cmp->order == SMOL_ORDER_FMGR)
	{
		argument->datum = datum;
		return;
	}

	if (!smol_describe_type(argtype, &desc))
		elog(ERROR, "unsupported argument type %u", argtype);
	if (desc.image == SMOL_IMAGE_VARLENA)
		datum = PointerGetDatum(PG_DETOAST_DATUM_PACKED(datum));
	smol_datum_to_value(&desc, datum, &value);
	argument->word = value.word;
	argument->slice = value.slice;
	if (cmp->order == SMOL_ORDER_FLOAT)
		argument->number = smol_word_to_float(desc.image, value.word);
}

/*
 * Compare a stored value with the argument: <0, 0 or >0, in the type's order.
 */
int
smol_compare_argument(SmolComparator *cmp, int64 word, SmolSlice slice)
{
	switch (cmp->order)
	{
		case SMOL_ORDER_WORD:
			return word < cmp->argument.word ? -1 : word > cmp->argument.word ? 1 : 0;
		case SMOL_ORDER_FLOAT:
			return smol_compare_floats(smol_word_to_float(cmp->image, word),
									   cmp->argument.number);
		case SMOL_ORDER_BYTES:
			return smol_compare_slices(slice, cmp->argument.slice);
		case SMOL_ORDER_FMGR:
			{
				SmolColumnDesc desc = {.image = cmp->image,.length = cmp->length};
				Datum		stored;

				if (cmp->image == SMOL_IMAGE_VARLENA)
				{
					/* a header in front, in room that is kept from call to call */
					Size		need = (Size) slice.len + VARHDRSZ;

					if (cmp->scratch_size < need)
					{
						if (cmp->scratch)
							pfree(cmp->scratch);
						cmp->scratch_size = Max(need, 256);
						cmp->scratch = MemoryContextAlloc(cmp->context, cmp->scratch_size);
					}
					SET_VARSIZE(cmp->scratch, need);
					memcpy(VARDATA(cmp->scratch), slice.ptr, slice.len);
					stored = PointerGetDatum(cmp->scratch);
				}
				else
					stored = smol_value_to_datum(&desc, word, slice);
				return DatumGetInt32(FunctionCall2Coll(cmp->function,
													   cmp->collation,
													   stored, cmp->argument.datum));
			}
	}
	pg_unreachable();
}
