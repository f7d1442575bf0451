/*-------------------------------------------------------------------------
 *
 * smolgroups.h
 *	  Groups of rows, and which group a row belongs to.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/smolgroups.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLGROUPS_H
#define SMOLGROUPS_H

#include "type/smolnormal.h"

/* Some values of a column. */
typedef struct SmolVector
{
	int64	   *words;
	SmolSlice  *slices;
	int64	   *nulls;			/* NULL: none is */
} SmolVector;

/* Rows of one group, up to but without 'end'. */
typedef struct SmolGroupRun
{
	uint32		end;
	uint32		group;
} SmolGroupRun;

typedef struct SmolGroups SmolGroups;

extern SmolGroups *smol_create_groups(int nkeys, const SmolColumnDesc *descs,
									  const SmolNormal *normals, Size stride,
									  bool sorted);
extern void smol_free_groups(SmolGroups *groups);
extern void smol_find_groups(SmolGroups *groups, const SmolVector *keys,
							 uint32 n, uint32 *numbers);
extern uint32 smol_find_runs(SmolGroups *groups, const SmolVector *keys,
							 uint32 n, SmolGroupRun *runs);
extern void smol_keep_last_group(SmolGroups *groups);
extern uint32 smol_count_groups(const SmolGroups *groups);
extern MemoryContext smol_groups_context(const SmolGroups *groups);
extern char *smol_group_states(SmolGroups *groups);
extern bool smol_group_key(const SmolGroups *groups, uint32 group, int key,
						   SmolValue *value);
extern const int64 *smol_group_words(const SmolGroups *groups, int key);
extern void smol_squeeze_vector(const SmolVector *room, SmolVector *vector,
								const uint16 *selection, uint32 n);
extern Size smol_groups_memory(const SmolGroups *groups);

#endif							/* SMOLGROUPS_H */
