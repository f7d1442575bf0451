/*-------------------------------------------------------------------------
 *
 * smolhash.c
 *	  Hashes of stored values, and of what they are compared with.
 *
 * Values that are equal have the same hash, whatever their bytes and, within an
 * operator family, their types: that is what the hash functions of PostgreSQL's
 * operator classes are for.  Hash indexes keep their results on disk, so they are
 * the same in all versions; and so is the OID of a function that PostgreSQL
 * ships, which is how an index remembers the one that it used.  Functions of
 * others have no such name, and those of arrays, ranges and composite types call
 * whatever their elements have: values of these are not hashed.  Nor is jsonb,
 * whose function believes what bytes of a damaged page say.
 *
 * Text is hashed byte by byte, which agrees with equality under any deterministic
 * collation; under others, nobody may ask.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/type/smolhash.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/hash.h"
#include "access/nbtree.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "type/smolhash.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/*
 * The hash function of values of a type by its default operator class, and the
 * operator family that it is of; InvalidOid if the type has none.
 */
static Oid
find_hash(Oid type, Oid *opfamily)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_HASH_OPFAMILY);

	*opfamily = entry->hash_opf;
	if (!OidIsValid(entry->hash_opf))
		return InvalidOid;
	return get_opfamily_proc(entry->hash_opf, entry->hash_opintype,
							 entry->hash_opintype, HASHEXTENDED_PROC);
}

/*
 * The number of the function by which values of a type are hashed; 0 if they
 * can't be.
 */
uint16
smol_choose_hash(Oid type)
{
	Oid			opfamily;
	Oid			proc = find_hash(type, &opfamily);

	if (!OidIsValid(proc) || proc >= FirstUnpinnedObjectId)
		return 0;
	switch (proc)
	{
		case F_HASH_ARRAY_EXTENDED:
		case F_HASH_RECORD_EXTENDED:
		case F_HASH_RANGE_EXTENDED:
		case F_HASH_MULTIRANGE_EXTENDED:
		case F_JSONB_HASH_EXTENDED:
			return 0;
		case F_HASHTEXTEXTENDED:
		case F_HASHBPCHAREXTENDED:
		case F_HASHNAMEEXTENDED:
			break;
		default:
			if (type_is_collatable(type))
				return 0;
	}
	return (uint16) proc;
}

StaticAssertDecl(FirstUnpinnedObjectId <= PG_UINT16_MAX + 1, "hash functions have 16 bits");

/*
 * Have all bits of a hash depend on all others; zeros have the hash 0.
 * (The finalizer of SplitMix64.)
 */
static uint64
mix(uint64 hash)
{
	hash += UINT64CONST(0x9E3779B97F4A7C15);
	hash = (hash ^ (hash >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	hash = (hash ^ (hash >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return hash ^ (hash >> 31);
}

/* Hash values of a column that has a hash function. */
void
smol_init_hasher(SmolHasher *hasher, const SmolColumnDesc *desc)
{
	memset(hasher, 0, sizeof(*hasher));
	hasher->desc = *desc;
	hasher->context = CurrentMemoryContext;
	fmgr_info(desc->hash, &hasher->function);
}

/* The hash of a stored value. */
uint64
smol_hash_value(SmolHasher *hasher, int64 word, SmolSlice slice)
{
	Size		need = smol_datum_room(&hasher->desc, slice);
	Datum		datum;

	if (hasher->room_size < need)
	{
		if (hasher->room)
			pfree(hasher->room);
		hasher->room = NULL;
		hasher->room_size = 0;
		hasher->room = MemoryContextAlloc(hasher->context, Max(need, 256));
		hasher->room_size = Max(need, 256);
	}
	datum = smol_make_datum(&hasher->desc, word, slice, hasher->room);
	return mix(DatumGetUInt64(FunctionCall2Coll(&hasher->function, C_COLLATION_OID,
												datum, UInt64GetDatum(0))));
}

/*
 * Hash what a column's values, seen as of a type of an operator family, are
 * tested for being equal to.  False if the hashes would say nothing: another
 * kind of equality than that of the column's hash function, or under a collation
 * that has different bytes equal.
 */
bool
smol_hash_arguments(const SmolColumnDesc *desc, Oid opfamily, Oid lefttype,
					Oid righttype, Oid collation, const SmolArgument *arguments,
					int n, uint64 *hashes)
{
	Oid			hash_opfamily;
	Oid			operator;
	Oid			proc;
	FmgrInfo	function;

	if (desc->hash == 0 || find_hash(lefttype, &hash_opfamily) != desc->hash)
		return false;
	operator = get_opfamily_member(opfamily, lefttype, righttype, BTEqualStrategyNumber);
	if (!OidIsValid(operator) ||
		get_opfamily_member(hash_opfamily, lefttype, righttype,
							HTEqualStrategyNumber) != operator)
		return false;
	if (type_is_collatable(lefttype) &&
		(!OidIsValid(collation) || !get_collation_isdeterministic(collation)))
		return false;
	proc = get_opfamily_proc(hash_opfamily, righttype, righttype, HASHEXTENDED_PROC);
	if (!OidIsValid(proc))
		return false;

	fmgr_info(proc, &function);
	for (int i = 0; i < n; i++)
		hashes[i] = mix(DatumGetUInt64(FunctionCall2Coll(&function, C_COLLATION_OID,
														 arguments[i].datum,
														 UInt64GetDatum(0))));
	return true;
}
