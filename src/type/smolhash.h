/*-------------------------------------------------------------------------
 *
 * smolhash.h
 *	  Hashes of stored values, and of what they are compared with.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/type/smolhash.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLHASH_H
#define SMOLHASH_H

#include "type/smoltype.h"

/* Hashes stored values of one column. */
typedef struct SmolHasher
{
	SmolColumnDesc desc;
	FmgrInfo	function;
	MemoryContext context;
	char	   *room;			/* of a Datum, kept from call to call */
	Size		room_size;
} SmolHasher;

extern uint16 smol_choose_hash(Oid type);
extern void smol_init_hasher(SmolHasher *hasher, const SmolColumnDesc *desc);
extern uint64 smol_hash_value(SmolHasher *hasher, int64 word, SmolSlice slice);
extern bool smol_hash_arguments(const SmolColumnDesc *desc, Oid opfamily,
								Oid lefttype, Oid righttype, Oid collation,
								const SmolArgument *arguments, int n,
								uint64 *hashes);

#endif							/* SMOLHASH_H */
