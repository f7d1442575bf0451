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

#include "access/htup_details.h"
#include "access/nbtree.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "type/smoltype.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

typedef struct SmolType
{
	Oid			type;
	uint8		image;
	uint16		length;			/* FIXED images */
	uint8		stats;

	/*
	 * Which types' arguments may be compared in place, without calling the
	 * operator family: those whose images count the same thing.
	 */
	uint8		axis;
	RegProcedure compare;		/* the shipped comparison function */
} SmolType;

enum
{
	AXIS_NONE,
	AXIS_BOOL,
	AXIS_CHAR,
	AXIS_INTEGER,				/* int2, int4, int8 */
	AXIS_OID,
	AXIS_DATE,					/* days */
	AXIS_TIME,					/* microseconds of a day */
	AXIS_TIMESTAMP,				/* microseconds */
	AXIS_TIMESTAMPTZ,
	AXIS_MONEY,
	AXIS_LSN,
	AXIS_XID8,
	AXIS_FLOAT,					/* float4, float8 */
	AXIS_NUMERIC,				/* if it is a DECIMAL */
	AXIS_UUID,
	AXIS_MACADDR,
	AXIS_MACADDR8,
	AXIS_BYTEA,
	AXIS_TEXT,					/* bytes, where the collation allows */
};

#define MINMAX	SMOL_STATS_MINMAX
#define SUM		SMOL_STATS_SUM

/*
 * The types of which smol knows more than how long they are.  Any other is
 * stored by its length and compared by its operator class; describe_others.
 *
 * No min and max here for what is equal without having equal bytes, or whose
 * bytes are in another order: numeric (but see describe_decimal), bpchar,
 * interval, timetz, inet.
 */
static const SmolType smol_types[] = {
	{BOOLOID, SMOL_IMAGE_UINT1, 0, MINMAX | SUM, AXIS_BOOL, F_BTBOOLCMP},
	{CHAROID, SMOL_IMAGE_UINT1, 0, MINMAX, AXIS_CHAR, F_BTCHARCMP},
	{INT2OID, SMOL_IMAGE_INT2, 0, MINMAX | SUM, AXIS_INTEGER, F_BTINT2CMP},
	{INT4OID, SMOL_IMAGE_INT4, 0, MINMAX | SUM, AXIS_INTEGER, F_BTINT4CMP},
	{INT8OID, SMOL_IMAGE_INT8, 0, MINMAX | SUM, AXIS_INTEGER, F_BTINT8CMP},
	{OIDOID, SMOL_IMAGE_UINT4, 0, MINMAX, AXIS_OID, F_BTOIDCMP},
	{DATEOID, SMOL_IMAGE_INT4, 0, MINMAX, AXIS_DATE, F_DATE_CMP},
	{TIMEOID, SMOL_IMAGE_INT8, 0, MINMAX, AXIS_TIME, F_TIME_CMP},
	{TIMESTAMPOID, SMOL_IMAGE_INT8, 0, MINMAX, AXIS_TIMESTAMP, F_TIMESTAMP_CMP},
	{TIMESTAMPTZOID, SMOL_IMAGE_INT8, 0, MINMAX, AXIS_TIMESTAMPTZ, F_TIMESTAMPTZ_CMP},
	{MONEYOID, SMOL_IMAGE_INT8, 0, MINMAX | SUM, AXIS_MONEY, F_CASH_CMP},
	{PG_LSNOID, SMOL_IMAGE_UINT8, 0, MINMAX, AXIS_LSN, F_PG_LSN_CMP},
	{XID8OID, SMOL_IMAGE_UINT8, 0, MINMAX, AXIS_XID8, F_XID8CMP},
	{FLOAT4OID, SMOL_IMAGE_FLOAT4, 0, MINMAX, AXIS_FLOAT, F_BTFLOAT4CMP},
	{FLOAT8OID, SMOL_IMAGE_FLOAT8, 0, MINMAX, AXIS_FLOAT, F_BTFLOAT8CMP},
	{NUMERICOID, SMOL_IMAGE_VARLENA, 0, 0, AXIS_NUMERIC, F_NUMERIC_CMP},
	{UUIDOID, SMOL_IMAGE_FIXED, 16, MINMAX, AXIS_UUID, F_UUID_CMP},
	{MACADDROID, SMOL_IMAGE_FIXED, 6, MINMAX, AXIS_MACADDR, F_MACADDR_CMP},
	{MACADDR8OID, SMOL_IMAGE_FIXED, 8, MINMAX, AXIS_MACADDR8, F_MACADDR8_CMP},
	{BYTEAOID, SMOL_IMAGE_VARLENA, 0, MINMAX, AXIS_BYTEA, F_BYTEACMP},
	{TEXTOID, SMOL_IMAGE_VARLENA, 0, MINMAX, AXIS_TEXT, F_BTTEXTCMP},
	{VARCHAROID, SMOL_IMAGE_VARLENA, 0, MINMAX, AXIS_TEXT, F_BTTEXTCMP},
	{NAMEOID, SMOL_IMAGE_NAME, 0, MINMAX, AXIS_TEXT, F_BTNAMECMP},
};

static const SmolType *
find_type(Oid type)
{
	for (size_t i = 0; i < lengthof(smol_types); i++)
		if (smol_types[i].type == type)
			return &smol_types[i];
	return NULL;
}

/* Likewise of the type that a domain is over. */
static const SmolType *
find_base_type(Oid type)
{
	const SmolType *row = find_type(type);

	return row ? row : find_type(getBaseType(type));
}

/*
 * A type that is not in the table: its length says how to keep it.  False if
 * that is neither fixed nor a varlena's.
 */
static bool
describe_others(CompactAttribute *att, SmolColumnDesc *desc)
{
	desc->stats = 0;
	desc->length = 0;
	if (att->attlen == -1)
		desc->image = SMOL_IMAGE_VARLENA;
	else if (att->attlen <= 0)
		return false;
	else if (!att->attbyval)
	{
		desc->image = SMOL_IMAGE_FIXED;
		desc->length = att->attlen;
	}
	else if (att->attlen == sizeof(int64))
		desc->image = SMOL_IMAGE_INT8;
	else if (att->attlen == sizeof(int32))
		desc->image = SMOL_IMAGE_UINT4;
	else if (att->attlen == sizeof(int16))
		desc->image = SMOL_IMAGE_INT2;
	else
		desc->image = SMOL_IMAGE_UINT1;
	return true;
}

/*
 * Numerics of a declared precision and scale are scaled integers, if they all
 * are below SMOL_DECIMAL_LIMIT.  (Infinity is too large for any precision, NaN
 * is not.)  A negative scale means digits before the point that are zero.
 */
static void
describe_decimal(int32 typmod, SmolColumnDesc *desc)
{
	int			precision;
	int			scale;

	if (typmod < (int32) VARHDRSZ)
		return;
	precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
	scale = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
	if (scale > SMOL_DECIMAL_DIGITS ||
		precision - Min(scale, 0) > SMOL_DECIMAL_DIGITS)
		return;
	desc->image = SMOL_IMAGE_DECIMAL;
	desc->stats = MINMAX | SUM;
	desc->scale = (uint8) Max(scale, 0);
}

/*
 * Fill a column descriptor's image, stats, length and scale; false if values of
 * such a type cannot be stored.
 */
bool
smol_describe_column(Relation index, int column, SmolColumnDesc *desc)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(index), column);
	int32		typmod = att->atttypmod;
	Oid			type = getBaseTypeAndTypmod(att->atttypid, &typmod);
	const SmolType *row = find_type(type);

	/* regclass and its like are indexed as the oid that they are */
	if (row == NULL && column < IndexRelationGetNumberOfKeyAttributes(index))
		row = find_base_type(index->rd_opcintype[column]);

	desc->scale = 0;
	if (row == NULL)
		return describe_others(TupleDescCompactAttr(RelationGetDescr(index), column),
							   desc);
	desc->image = row->image;
	desc->stats = row->stats;
	desc->length = row->length;
	if (type == NUMERICOID)
		describe_decimal(typmod, desc);
	return true;
}

/*
 * The image of a type's values, wherever they are from; false if that is not a word.
 */
bool
smol_describe_type(Oid type, SmolColumnDesc *desc)
{
	const SmolType *row = find_base_type(type);

	if (row == NULL || !SmolImageIsWord(row->image))
		return false;
	memset(desc, 0, sizeof(*desc));
	desc->image = row->image;
	desc->length = row->length;
	return true;
}

/*
 * The image of results of a type, which no column has: words, or the bytes of some
 * strings.  False if it is neither.
 */
bool
smol_describe_result(Oid type, SmolColumnDesc *desc)
{
	if (smol_describe_type(type, desc))
		return true;
	memset(desc, 0, sizeof(*desc));
	desc->image = SMOL_IMAGE_VARLENA;
	switch (getBaseType(type))
	{
		case TEXTOID:
		case VARCHAROID:
		case BYTEAOID:
		case NUMERICOID:
			return true;
		default:
			return false;
	}
}

/*
 * Can the column hold this value?  A decimal column can't hold any numeric, and
 * a declared scale is no proof: C code may put into a column whatever it likes.
 */
bool
smol_can_store(const SmolColumnDesc *desc, Datum datum)
{
	struct varlena *numeric;
	bool		result;

	if (desc->image != SMOL_IMAGE_DECIMAL)
		return true;
	numeric = PG_DETOAST_DATUM_PACKED(datum);

	result = smol_numeric_is_decimal(numeric, desc->scale);
	if ((Pointer) numeric !=DatumGetPointer(datum))
		pfree(numeric);
	return result;
}

/* Make a column hold any value of its type. */
void
smol_widen_column(SmolColumnDesc *desc)
{
	if (desc->image != SMOL_IMAGE_DECIMAL)
		return;
	desc->image = SMOL_IMAGE_VARLENA;
	desc->stats = 0;
	desc->scale = 0;
}

/* Bytes that a Datum takes besides itself. */
Size
smol_datum_room(const SmolColumnDesc *desc, SmolSlice slice)
{
	switch ((SmolImage) desc->image)
	{
		case SMOL_IMAGE_FIXED:
			return desc->length;
		case SMOL_IMAGE_VARLENA:
			return (Size) slice.len + VARHDRSZ;
		case SMOL_IMAGE_DECIMAL:
			return SMOL_DECIMAL_BYTES + VARHDRSZ;
		case SMOL_IMAGE_NAME:
			return NAMEDATALEN;
		default:
			return 0;
	}
}

/*
 * Image to Datum.  A value by reference is put in room, which is aligned for
 * anything: a slice is not.
 */
Datum
smol_make_datum(const SmolColumnDesc *desc, int64 word, SmolSlice slice, char *room)
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
		case SMOL_IMAGE_UINT8:
			return Int64GetDatum(smol_flip_sign(word));
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
			Assert(room != NULL);
			memcpy(room, slice.ptr, desc->length);
			break;
		case SMOL_IMAGE_VARLENA:
			SET_VARSIZE(room, slice.len + VARHDRSZ);
			memcpy(VARDATA(room), slice.ptr, slice.len);
			break;
		case SMOL_IMAGE_DECIMAL:
			SET_VARSIZE(room, VARHDRSZ +
						smol_word_to_numeric(word, desc->scale, (uint8 *) VARDATA(room)));
			break;
		case SMOL_IMAGE_NAME:
			smol_put_name(room, slice);
			break;
	}
	return PointerGetDatum(room);
}

/*
 * Image to Datum.  Values by reference are palloc'd in the current context.
 */
Datum
smol_value_to_datum(const SmolColumnDesc *desc, int64 word, SmolSlice slice)
{
	Size		bytes = smol_datum_room(desc, slice);

	return smol_make_datum(desc, word, slice, bytes > 0 ? palloc(bytes) : NULL);
}

/*
 * Does text of this collation sort as memcmp sorts it?
 */
static bool
collation_is_bytewise(Oid collation)
{
	HeapTuple	tuple;
	Datum		locale;
	char		provider;
	bool		isnull;
	bool		bytewise = false;

	/*
	 * Asked of the catalogs: pg_locale.h would have every user who builds
	 * smol install ICU's headers.
	 */
	if (collation == C_COLLATION_OID)
		return true;
	if (collation == DEFAULT_COLLATION_OID)
	{
		tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for database %u", MyDatabaseId);
		provider = ((Form_pg_database) GETSTRUCT(tuple))->datlocprovider;
		locale = SysCacheGetAttr(DATABASEOID, tuple, Anum_pg_database_datcollate, &isnull);
	}
	else
	{
		tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
		if (!HeapTupleIsValid(tuple))
			return false;
		provider = ((Form_pg_collation) GETSTRUCT(tuple))->collprovider;
		locale = SysCacheGetAttr(COLLOID, tuple, Anum_pg_collation_collcollate, &isnull);
	}

	/* the builtin provider's locales all sort by code point, as UTF-8 does */
	if (provider == COLLPROVIDER_BUILTIN)
		bytewise = true;
	else if (provider == COLLPROVIDER_LIBC && !isnull)
	{
		char	   *name = TextDatumGetCString(locale);

		bytewise = strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0;
	}
	ReleaseSysCache(tuple);
	return bytewise;
}

/*
 * How may stored values be compared with arguments?  In place, where the
 * column's operator class is the type's shipped one; an operator class with a
 * comparison function of somebody else's is always called.
 */
static SmolOrder
choose_order(const SmolColumnDesc *desc, const SmolType *stored,
			 const SmolType *arg, RegProcedure proc, Oid collation)
{
	if (stored == NULL || arg == NULL || stored->axis != arg->axis)
		return SMOL_ORDER_FMGR;
	if (stored->axis == AXIS_NUMERIC)
		return desc->image == SMOL_IMAGE_DECIMAL && proc == stored->compare ?
			SMOL_ORDER_DECIMAL : SMOL_ORDER_FMGR;
	if (stored->image != desc->image)
		return SMOL_ORDER_FMGR;
	if (stored->axis == AXIS_TEXT && proc == F_BTTEXT_PATTERN_CMP)
		return SMOL_ORDER_BYTES;
	if (proc != stored->compare)
		return SMOL_ORDER_FMGR;
	switch (stored->axis)
	{
		case AXIS_FLOAT:
			return SMOL_ORDER_FLOAT;
		case AXIS_UUID:
		case AXIS_MACADDR:
		case AXIS_MACADDR8:
		case AXIS_BYTEA:
			return SMOL_ORDER_BYTES;
		case AXIS_TEXT:
			return collation_is_bytewise(collation) ? SMOL_ORDER_BYTES : SMOL_ORDER_FMGR;
		default:
			return SMOL_ORDER_WORD;
	}
}

/*
 * Make a comparator for key column 'column' (from 0) of an index against
 * arguments of type argtype (InvalidOid: the opclass's own).
 */
void
smol_init_comparator(SmolComparator *cmp, Relation index, int column,
					 const SmolColumnDesc *desc, Oid argtype)
{
	Oid			opcintype = index->rd_opcintype[column];
	RegProcedure proc = index_getprocid(index, column + 1, BTORDER_PROC);
	const SmolType *stored = find_base_type(opcintype);

	if (!OidIsValid(argtype))
		argtype = opcintype;

	memset(cmp, 0, sizeof(*cmp));
	cmp->desc = *desc;
	cmp->collation = index->rd_indcollation[column];
	cmp->context = CurrentMemoryContext;
	cmp->order = choose_order(desc, stored,
							  argtype == opcintype ? stored : find_base_type(argtype),
							  proc, cmp->collation);
	if (cmp->order != SMOL_ORDER_FMGR)
		return;

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
 * Make a comparator of a column's values, seen as being of a type of an operator
 * family, with arguments of another (or the same) of its types, under any
 * collation.  If only equality is asked for, values may be put in any order.
 */
void
smol_init_family_comparator(SmolComparator *cmp, const SmolColumnDesc *desc,
							Oid opfamily, Oid type, Oid argtype,
							Oid collation, bool equality)
{
	const SmolType *stored = find_base_type(type);
	const SmolType *arg = find_base_type(argtype);
	RegProcedure proc = get_opfamily_proc(opfamily, type, type, BTORDER_PROC);

	memset(cmp, 0, sizeof(*cmp));
	cmp->desc = *desc;
	cmp->collation = collation;
	cmp->context = CurrentMemoryContext;
	cmp->order = choose_order(desc, stored, arg, proc, collation);
	if (cmp->order != SMOL_ORDER_FMGR)
		return;

	/* what a deterministic collation has equal has equal bytes */
	if (equality && stored != NULL && arg != NULL &&
		stored->axis == AXIS_TEXT && arg->axis == AXIS_TEXT &&
		stored->image == desc->image && proc == stored->compare &&
		OidIsValid(collation) && get_collation_isdeterministic(collation))
	{
		cmp->order = SMOL_ORDER_BYTES;
		return;
	}

	proc = get_opfamily_proc(opfamily, type, argtype, BTORDER_PROC);
	if (!RegProcedureIsValid(proc))
		elog(ERROR, "missing support function %d(%u,%u) in opfamily %u",
			 BTORDER_PROC, type, argtype, opfamily);
	cmp->function = palloc(sizeof(FmgrInfo));
	fmgr_info(proc, cmp->function);
}

/*
 * Make an argument for a comparator of a datum of type argtype.  By-reference
 * datums are not copied, but detoasted if need be.
 */
void
smol_prepare_argument(const SmolComparator *cmp, Oid argtype, Datum datum,
					  SmolArgument *argument)
{
	const SmolType *type;
	SmolColumnDesc desc = {0};
	SmolValue	value;

	memset(argument, 0, sizeof(*argument));
	argument->datum = datum;
	if (cmp->order == SMOL_ORDER_FMGR)
		return;
	if (cmp->order == SMOL_ORDER_DECIMAL)
	{
		argument->word = smol_numeric_to_word(PG_DETOAST_DATUM_PACKED(datum),
											  cmp->desc.scale, &argument->between);
		return;
	}

	type = find_base_type(argtype);
	Assert(type != NULL);
	desc.image = type->image;
	desc.length = type->length;
	if (desc.image == SMOL_IMAGE_VARLENA)
		datum = PointerGetDatum(PG_DETOAST_DATUM_PACKED(datum));
	smol_datum_to_value(&desc, datum, &value);
	argument->word = value.word;
	argument->slice = value.slice;
	if (cmp->order == SMOL_ORDER_FLOAT)
		argument->number = smol_word_to_float(desc.image, value.word);
}

/*
 * Make an argument of a stored value of the column itself.  What it points to
 * is allocated in the current memory context.
 */
void
smol_value_to_argument(const SmolComparator *cmp, int64 word, SmolSlice slice,
					   SmolArgument *argument)
{
	memset(argument, 0, sizeof(*argument));
	switch (cmp->order)
	{
		case SMOL_ORDER_WORD:
		case SMOL_ORDER_DECIMAL:
			argument->word = word;
			break;
		case SMOL_ORDER_FLOAT:
			argument->number = smol_word_to_float(cmp->desc.image, word);
			break;
		case SMOL_ORDER_BYTES:
			{
				uint8	   *copy = palloc(Max(slice.len, 1));

				memcpy(copy, slice.ptr, slice.len);
				argument->slice.ptr = copy;
				argument->slice.len = slice.len;
				break;
			}
		case SMOL_ORDER_FMGR:
			argument->datum = smol_value_to_datum(&cmp->desc, word, slice);
			break;
	}
}

/*
 * Compare a stored value with the argument: <0, 0 or >0, in the type's order.
 */
int
smol_compare_argument(SmolComparator *cmp, int64 word, SmolSlice slice)
{
	switch (cmp->order)
	{
		case SMOL_ORDER_DECIMAL:
			if (cmp->argument.between)
				return word <= cmp->argument.word ? -1 : 1;
			/* FALLTHROUGH */
		case SMOL_ORDER_WORD:
			return word < cmp->argument.word ? -1 : word > cmp->argument.word ? 1 : 0;
		case SMOL_ORDER_FLOAT:
			return smol_compare_floats(smol_word_to_float(cmp->desc.image, word),
									   cmp->argument.number);
		case SMOL_ORDER_BYTES:
			return smol_compare_slices(slice, cmp->argument.slice);
		case SMOL_ORDER_FMGR:
			{
				Size		need = smol_datum_room(&cmp->desc, slice);
				Datum		stored;

				/* room that is kept from call to call */
				if (cmp->scratch_size < need)
				{
					if (cmp->scratch)
						pfree(cmp->scratch);
					cmp->scratch_size = Max(need, 256);
					cmp->scratch = MemoryContextAlloc(cmp->context, cmp->scratch_size);
				}
				stored = smol_make_datum(&cmp->desc, word, slice, cmp->scratch);
				return DatumGetInt32(FunctionCall2Coll(cmp->function,
													   cmp->collation,
													   stored, cmp->argument.datum));
			}
	}
	pg_unreachable();
}
