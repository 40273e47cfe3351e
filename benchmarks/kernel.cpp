// The register kernel on packed panels, at every instruction set: tile after tile of a self-scan, each written to the
// same place. No packing, no thresholds. All operations of whole tiles count, so the fraction is that of the kernel
// alone.

#include "cases.hpp"
#include "packed_panels.hpp"

namespace bench {
namespace {

namespace isa = mohs::detail::isa;

template <class Isa>
void add_level()
{
    if (!isa::is_available(Isa::level)) {
        return;
    }
    for (const Index rows : all_rows) {
        for (const Index dimension : all_dimensions) {
            add_case(case_name("kernel", mohs::to_string(Isa::level), rows, dimension),
                     [=](benchmark::State& state, bool first) {
                         const Data& data = cached_data(Kind::gaussian, rows, dimension);
                         Panels<Isa> panels(data.rows);
                         if (!first || is_right(state, check_panels(panels, data))) {
                             measure(state, Isa::level, 1, panels.flops(), [&] {
                                 isa::enter(Isa{}, AllTiles<Isa>{panels});
                                 benchmark::DoNotOptimize(*panels.tile.data());
                                 benchmark::ClobberMemory();
                             });
                         }
                     });
        }
    }
}

}  // namespace

void add_kernel_cases()
{
    add_level<isa::Portable>();
#if MOHS_GNU_VECTORS
    add_level<isa::Baseline>();
#endif
#if MOHS_X86
    add_level<isa::Avx2>();
    add_level<isa::Avx512>();
#endif
}

}  // namespace bench
