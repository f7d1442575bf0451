/*-------------------------------------------------------------------------
 *
 * smolskip.h
 *	  Where to go on after a row that does not match.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/smolskip.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLSKIP_H
#define SMOLSKIP_H

#include "tree/smolkeys.h"
#include "tree/smoltree.h"

typedef struct SmolSkip SmolSkip;

extern SmolSkip *smol_make_skip(SmolReader *reader, SmolScanKeys *keys);
extern void smol_free_skip(SmolSkip *skip);
extern bool smol_may_skip(SmolSkip *skip);
extern bool smol_find_skip(SmolSkip *skip, uint32 row, bool forward,
						   SmolSearchKey *key, int *column);
extern void smol_judge_skip(SmolSkip *skip, bool paid);

#endif							/* SMOLSKIP_H */
