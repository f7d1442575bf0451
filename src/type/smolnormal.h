/*-------------------------------------------------------------------------
 *
 * smolnormal.h
 *	  Normal forms: bytes that are the same if and only if values are equal.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/type/smolnormal.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLNORMAL_H
#define SMOLNORMAL_H

#include "type/smoltype.h"

/* How the normal form of a stored value is found. */
typedef enum SmolNormal
{
	SMOL_NORMAL_BYTES,			/* it is the value */
	SMOL_NORMAL_FLOAT,			/* zeros have no sign, NaNs are all one */
	SMOL_NORMAL_BLANKS,			/* blanks at the end don't count */
	SMOL_NORMAL_NUMERIC,		/* nor do zeros there */
	SMOL_NORMAL_INTERVAL,		/* a month is 30 days, a day 24 hours */
} SmolNormal;

/* Bytes that a normal form of a string takes at most. */
static inline Size
smol_normal_room(SmolSlice slice)
{
	return (Size) slice.len + sizeof(int128);
}

extern bool smol_find_normal(Oid type, const SmolColumnDesc *desc, SmolNormal *normal);
extern void smol_normal_floats(const SmolColumnDesc *desc, const int64 *words,
							   int64 *forms, uint32 n);
extern SmolSlice smol_normal_slice(SmolNormal normal, SmolSlice slice, uint8 *room);

#endif							/* SMOLNORMAL_H */
