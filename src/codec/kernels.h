/*-------------------------------------------------------------------------
 *
 * kernels.h
 *	  Loops over vectors of decoded words.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/kernels.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOL_KERNELS_H
#define SMOL_KERNELS_H

#include "postgres.h"

/*
 * Rows are selected by a byte each, which is 1 or 0.  'fresh': the bytes are to be
 * written; else they say which rows other tests let pass.
 */
extern void smol_match_range(const int64 *words, uint32 n, int64 low, int64 high,
							 bool fresh, uint8 *match);
extern uint32 smol_count_matches(const uint8 *match, uint32 n);

/* The rows that are selected.  There must be room for n rounded up to 8. */
extern uint32 smol_list_matches(const uint8 *match, uint32 n, uint16 *selection);

/* n > 0 for extremes */
extern int128 smol_sum_words(const int64 *words, uint32 n);
extern int64 smol_min_word(const int64 *words, uint32 n);
extern int64 smol_max_word(const int64 *words, uint32 n);

/*
 * Floats as words that are ordered as such: NaNs are equal and the greatest, -0.0
 * comes before 0.0.  A float4's bits are the low ones of a word.
 */
extern int64 smol_min_float(const int64 *words, uint32 n, bool is_float4);
extern int64 smol_max_float(const int64 *words, uint32 n, bool is_float4);

#endif							/* SMOL_KERNELS_H */
