/*-------------------------------------------------------------------------
 *
 * normal.c
 *	  Normal forms: bytes that are the same if and only if values are equal.
 *
 * Most types have one way to write a value.  Of the others, those that are here
 * can be written in one: so what is equal is found by hashing and comparing
 * bytes, and no function of the type is called.
 *
 * Text is equal if its bytes are, under any deterministic collation; under
 * others, nobody may ask.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/type/normal.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "datatype/timestamp.h"
#include "type/smolnormal.h"
#include "utils/float.h"
#include "utils/lsyscache.h"

/*
 * Which normal form do values of a (base) type have, that are stored like this?
 * False if none is known.
 */
bool
smol_find_normal(Oid type, const SmolColumnDesc *desc, SmolNormal *normal)
{
	*normal = SMOL_NORMAL_BYTES;
	switch (type)
	{
		case BOOLOID:
		case CHAROID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGTYPEOID:
		case REGROLEOID:
		case REGNAMESPACEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGCOLLATIONOID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case MONEYOID:
		case PG_LSNOID:
		case XIDOID:
		case XID8OID:
			return SmolImageIsInt(desc->image);
		case FLOAT4OID:
		case FLOAT8OID:
			*normal = SMOL_NORMAL_FLOAT;
			return desc->image == SMOL_IMAGE_FLOAT4 || desc->image == SMOL_IMAGE_FLOAT8;
		case NUMERICOID:
			if (desc->image == SMOL_IMAGE_VARLENA)
				*normal = SMOL_NORMAL_NUMERIC;
			return desc->image == SMOL_IMAGE_DECIMAL || desc->image == SMOL_IMAGE_VARLENA;
		case BPCHAROID:
			*normal = SMOL_NORMAL_BLANKS;
			return desc->image == SMOL_IMAGE_VARLENA;
		case INTERVALOID:
			*normal = SMOL_NORMAL_INTERVAL;
			return desc->image == SMOL_IMAGE_FIXED;
		case UUIDOID:
		case MACADDROID:
		case MACADDR8OID:
		case BYTEAOID:
		case TEXTOID:
		case VARCHAROID:
		case NAMEOID:
		case TIMETZOID:
		case TIDOID:
		case INETOID:
		case CIDROID:
		case BITOID:
		case VARBITOID:
			return !SmolImageIsWord(desc->image);
		default:
			return type_is_enum(type) && SmolImageIsInt(desc->image);
	}
}

static inline int64
float_word(const SmolColumnDesc *desc, double value)
{
	SmolColumnDesc plain = {.image = SMOL_IMAGE_FLOAT8};
	Datum		datum = Float8GetDatum(value);
	SmolValue	word;

	if (desc->image == SMOL_IMAGE_FLOAT4)
	{
		plain.image = SMOL_IMAGE_FLOAT4;
		datum = Float4GetDatum((float4) value);
	}
	smol_datum_to_value(&plain, datum, &word);
	return word.word;
}

/*
 * The normal forms of words that are floats.
 */
void
smol_normal_floats(const SmolColumnDesc *desc, const int64 *words, int64 *forms, uint32 n)
{
	int64		zero = float_word(desc, 0);
	int64		nan = float_word(desc, get_float8_nan());

	for (uint32 i = 0; i < n; i++)
	{
		double		value = smol_word_to_float(desc->image, words[i]);

		forms[i] = isnan(value) ? nan : value == 0 ? zero : words[i];
	}
}

/* What interval_cmp_value compares; infinite ones are such values, too. */
static SmolSlice
interval_span(SmolSlice slice, uint8 *room)
{
	SmolSlice	form = {room, sizeof(int128)};
	Interval	interval;
	int128		span;

	Assert(slice.len == sizeof(Interval));
	memcpy(&interval, slice.ptr, sizeof(interval));
	span = (int128) interval.month * DAYS_PER_MONTH + interval.day;
	span = span * USECS_PER_DAY + interval.time;
	memcpy(room, &span, sizeof(span));
	return form;
}

/*
 * The normal form of a string, which may lie in some room.
 */
SmolSlice
smol_normal_slice(SmolNormal normal, SmolSlice slice, uint8 *room)
{
	switch (normal)
	{
		case SMOL_NORMAL_BLANKS:
			while (slice.len > 0 && slice.ptr[slice.len - 1] == ' ')
				slice.len--;
			break;
		case SMOL_NORMAL_NUMERIC:
			return smol_normal_numeric(slice, room);
		case SMOL_NORMAL_INTERVAL:
			return interval_span(slice, room);
		case SMOL_NORMAL_BYTES:
		case SMOL_NORMAL_FLOAT:
			break;
	}
	return slice;
}
