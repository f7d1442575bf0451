/*-------------------------------------------------------------------------
 *
 * smolwalk.h
 *	  From leaf to leaf: zone maps and read streams.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/smolwalk.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLWALK_H
#define SMOLWALK_H

#include "tree/smolkeys.h"
#include "tree/smoltree.h"

/* ---- zones.c: leaves on which no row can pass the filters ---- */

typedef struct SmolZones SmolZones;

extern SmolZones *smol_make_zones(SmolReader *reader);
extern void smol_free_zones(SmolZones *zones);
extern bool smol_set_zones(SmolZones *zones, const SmolScanKeys *keys);
extern bool smol_zones_know(const SmolZones *zones, int column);
extern bool smol_next_zone(SmolZones *zones, uint64 *row, bool forward,
						   uint32 limit, uint32 *leaf);

/* ---- walk.c: one leaf after the other ---- */

typedef struct SmolWalk SmolWalk;

extern SmolWalk *smol_make_walk(SmolReader *reader);
extern void smol_free_walk(SmolWalk *walk);
extern void smol_start_walk(SmolWalk *walk, const SmolScanKeys *keys,
							uint32 limit, bool forward, bool eager);
extern bool smol_walk_goes_on(const SmolWalk *walk, bool forward);
extern bool smol_walk_knows(const SmolWalk *walk, int column);
extern bool smol_next_leaf(SmolWalk *walk);
extern void smol_stop_walk(SmolWalk *walk);

#endif							/* SMOLWALK_H */
