/*-------------------------------------------------------------------------
 *
 * smolwriter.h
 *	  Writing a segment: sorted rows in, pages out.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/smolwriter.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLWRITER_H
#define SMOLWRITER_H

#include "format/smolpage.h"
#include "storage/bulk_write.h"
#include "tree/footprint.h"
#include "type/smoltype.h"

typedef struct SmolWriter SmolWriter;

extern SmolWriter *smol_begin_write(Relation index, const SmolMetaPageData *meta);
extern void smol_write_row(SmolWriter *writer, const SmolValue *values,
						   const bool *isnull, ItemPointer root);
extern void smol_end_write(SmolWriter *writer, SmolFootprint *footprint,
						   SmolSegment *segment, void (*level_done) (void));
extern void smol_write_meta(SmolWriter *writer, const SmolMetaPageData *meta);

/* How wide may a row be? */
extern void smol_row_limits(const SmolMetaPageData *meta,
							Size *key_bytes, Size *row_bytes);

/* The columns of an inner page. */
extern int	smol_inner_columns(const SmolMetaPageData *meta, SmolColumnDesc *out);
extern int	smol_inner_stats(const SmolMetaPageData *meta, int column);

#define SmolTidGetWord(tid) \
	(((int64) ItemPointerGetBlockNumberNoCheck(tid) << 16) | \
	 ItemPointerGetOffsetNumberNoCheck(tid))

#endif							/* SMOLWRITER_H */
