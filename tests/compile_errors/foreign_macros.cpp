// Covers config.hpp.

// Macros that other headers leave behind: mohs uses none of these names for anything. What mohs includes comes first, as
// it is not ours.

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <numeric>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

// Qt
#define slots
#define signals public
#define emit
#define foreach for
#define forever for (;;)

// windows.h
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define near
#define far
#define small char
#define hyper long long
#define interface struct
#define pascal
#define cdecl
#define IN
#define OUT
#define OPTIONAL
#define ERROR 0
#define DELETE 0x00010000L
#define CONST const
#define TRUE 1
#define FALSE 0

// macOS: AssertMacros.h, Objective-C
#define check(assertion)
#define verify(assertion)
#define require(assertion, label)
#define nil nullptr
#define YES 1
#define NO 0

// X11
#define None 0L
#define Bool int
#define Status int
#define Success 0
#define Always 2

// complex.h, sys/sysmacros.h, termios.h
#define I _Complex_I
#define complex _Complex
#define major(number)
#define minor(number)
#define B0 0

#include <mohs/mohs.hpp>
