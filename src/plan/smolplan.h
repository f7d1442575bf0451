/*-------------------------------------------------------------------------
 *
 * smolplan.h
 *	  Planner and EXPLAIN: what their files share.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/smolplan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLPLAN_H
#define SMOLPLAN_H

#include "tree/smolseal.h"

/* ---- relinfo.c ---- */
extern void smol_install_planner_hooks(void);

/* in a few words: why a plan can't use the index now; NULL if it can */
extern const char *smol_why_unusable(Relation heap, Relation index,
									 bool thorough, BlockNumber *visible,
									 SmolVerdict *verdict);

/* ---- upper.c ---- */
extern void smol_install_upper_hooks(void);

/* ---- explain.c ---- */
extern void smol_install_explain_hooks(void);

/* ---- scanpath.c ---- */
extern void smol_install_scan_paths(void);

/* ---- offset.c ---- */
extern void smol_install_offset_hook(void);

#endif							/* SMOLPLAN_H */
