/*-------------------------------------------------------------------------
 *
 * smolsteps.h
 *	  Expressions that are evaluated column by column.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/smolsteps.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLSTEPS_H
#define SMOLSTEPS_H

#include "exec/smolgroups.h"
#include "nodes/primnodes.h"

typedef struct SmolSteps SmolSteps;

/* The column of the index that a Var stands for; -1: none. */
typedef int (*SmolColumnOf) (const Var *var, const void *arg);

/*
 * Numerics are of one scale, or of one of two: which one it is of is told for each
 * row then.
 */
typedef struct SmolStepsResult
{
	SmolColumnDesc desc;
	int			least;			/* the other scale; -1: none */
} SmolStepsResult;

/* ---- steps.c ---- */
extern SmolSteps *smol_make_steps(const Expr *expr, const SmolMetaPageData *meta,
								  SmolColumnOf column_of, const void *arg);
extern void smol_describe_steps(const SmolSteps *steps, SmolStepsResult *result);

/* ---- runsteps.c ---- */
extern bool smol_run_steps(SmolSteps *steps, const SmolVector *vectors, uint32 n,
						   SmolVector *result, const int64 **full);

#endif							/* SMOLSTEPS_H */
