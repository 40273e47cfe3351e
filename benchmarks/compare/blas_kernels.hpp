#pragma once

/// \file
/// Which kernels OpenBLAS takes. By itself it takes those of the processor if it knows that one, and slower ones
/// otherwise: on processors that are newer than itself down to those of SSE2. It reads OPENBLAS_CORETYPE when it is
/// loaded, so another choice takes another process.

#include "vector_class.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace compare {

/// How fast kernels are here.
struct KernelRate {
    std::string kernels;  ///< the processor that they are made for, as OpenBLAS calls it
    double gigaflops = 0;
};

/// The kernels worth trying where mohs computes with `mohs`, and where `runs(processor)` says whether this machine has
/// their instructions: of that class and of AVX2 if there are any; else those of the highest class below.
std::vector<std::string> kernels_to_try(VectorClass mohs, const std::function<bool(std::string_view)>& runs);

/// Whether this processor has the instructions that these kernels need.
bool machine_runs(std::string_view kernels);

/// The place of the fastest of those that are not above the class of mohs; nothing if there is none. Wider vectors win
/// within 3 %, which is noise.
std::optional<std::size_t> fastest(const std::vector<KernelRate>& rates, VectorClass mohs);

/// "Haswell 108.6 Zen 98.1" and back; of something else as much as can be read.
std::string write_rates(const std::vector<KernelRate>& rates);
std::vector<KernelRate> read_rates(const std::string& text);

/// How the kernels of this process came about.
struct KernelChoice {
    enum class By { openblas, user, measurement };
    By by = By::openblas;
    std::vector<KernelRate> tried = {};  ///< by measurement only

    [[nodiscard]] static KernelChoice of_this_process();
    /// The class of a process that runs these kernels.
    [[nodiscard]] PeerClass peer_class(const std::string& kernels) const;
    /// A sentence for readers.
    [[nodiscard]] std::string describe(const std::string& kernels) const;
};

/// Starts this program anew with the fastest kernels, each tried `rounds` times in a process of its own, which is
/// `program --sgemm-rate`. Returns where the user has made the choice, where it has been made already, and where there
/// is none: on other architectures, or if nothing can be tried.
void choose_kernels(VectorClass mohs, int rounds, char** arguments);

}  // namespace compare
