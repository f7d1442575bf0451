/*-------------------------------------------------------------------------
 *
 * smolinspect.h
 *	  What the inspection functions share.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/inspect/smolinspect.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLINSPECT_H
#define SMOLINSPECT_H

#include "storage/read_stream.h"
#include "utils/rel.h"

/* A smol index that a user named, and its table, both locked. */
typedef struct SmolTarget
{
	Relation	heap;
	Relation	index;
} SmolTarget;

extern bool smol_open_target(Oid indexoid, bool missing_ok, SmolTarget *target);
extern void smol_close_target(SmolTarget *target);

/* The pages of a range of blocks, one after the other. */
typedef struct SmolPageStream
{
	BufferAccessStrategy strategy;
	ReadStream *stream;
	BlockRangeReadStreamPrivate range;
} SmolPageStream;

extern void smol_begin_page_stream(SmolPageStream *stream, Relation index,
								   BlockNumber start, BlockNumber end);
extern Buffer smol_next_page(SmolPageStream *stream);
extern void smol_end_page_stream(SmolPageStream *stream);

#endif							/* SMOLINSPECT_H */
