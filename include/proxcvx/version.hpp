// SPDX-License-Identifier: MIT
#pragma once

// The version, in the one place that holds it: CMake, pkg-config and the installed package read these lines.
// Semantic versioning: before 1.0, a change of the minor number may break a program.

#define PROXCVX_VERSION_MAJOR 0
#define PROXCVX_VERSION_MINOR 1
#define PROXCVX_VERSION_PATCH 0

/// One number that grows with the version: `#if PROXCVX_VERSION >= 100` is "0.1.0 or later".
#define PROXCVX_VERSION (PROXCVX_VERSION_MAJOR * 10000 + PROXCVX_VERSION_MINOR * 100 + PROXCVX_VERSION_PATCH)

#define PROXCVX_VERSION_STRING "0.1.0"
