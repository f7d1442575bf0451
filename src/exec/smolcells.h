/*-------------------------------------------------------------------------
 *
 * smolcells.h
 *	  Where is an expression over one column constant?
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/smolcells.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLCELLS_H
#define SMOLCELLS_H

#include "nodes/primnodes.h"

typedef struct SmolCells SmolCells;

extern SmolCells *smol_make_cells(const Expr *expr);
extern const Var *smol_cell_column(const SmolCells *cells);
extern void smol_forget_zones(SmolCells *cells);
extern void smol_find_cell(SmolCells *cells, int64 word, int64 *low, int64 *high);
extern double smol_cell_width(const SmolCells *cells);
extern bool smol_constant_unit(const Expr *expr, int *unit);
extern const Var *smol_increases_with(const Expr *expr);

#endif							/* SMOLCELLS_H */
