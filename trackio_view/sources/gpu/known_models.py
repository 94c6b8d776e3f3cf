"""The names of GPUs that the lists of a bare or an old system lack, by their PCI numbers.

Where one number stands for several products, the name is that of their series. The numbers and
names are facts, taken one by one and shortened: AMD's as in the list `amdgpu.ids`, which comes with
libdrm under the MIT licence; Intel's and NVIDIA's as both publish them for their drivers.
"""

from __future__ import annotations

from collections.abc import Mapping

_AMD = """
6611 Radeon R7 200 series
6613 Radeon R7 200 series
6617 Radeon R7 240 series
6658 Radeon R7 200 series
665C Radeon HD 7700 series
665F Radeon R7 360 series
66A1 Instinct MI50/MI60
66AF Radeon VII
6798 Radeon HD 7900/R9 280X series
679A Radeon HD 7900/R9 280 series
67B0 Radeon R9 290X/390X series
67B1 Radeon R9 290/390 series
67C4 Radeon Pro WX 7100
67C7 Radeon Pro WX 5100
67DF Radeon RX 470 to RX 590
67E3 Radeon Pro WX 4100
67EF Radeon RX 460/560
67FF Radeon RX 550/560
6810 Radeon R9 270X/370X series
6811 Radeon R9 270/370 series
6818 Radeon HD 7800 series
6819 Radeon HD 7800 series
683D Radeon HD 7700 series
683F Radeon HD 7700 series
6860 Radeon Instinct MI25
6861 Radeon Pro WX 9100
6863 Radeon Vega Frontier Edition
6868 Radeon Pro WX 8200
687F Radeon RX Vega
6938 Radeon R9 380X series
6939 Radeon R9 285/380 series
699F Radeon RX 550
6FDF Radeon RX 580/590 series
7300 Radeon R9 Fury series
7312 Radeon Pro W5700
731F Radeon RX 5600/5700 series
7340 Radeon RX 5300/5500 series
7341 Radeon Pro W5500
7360 Radeon Pro 5600M/V520
7362 Radeon Pro V520
738C Instinct MI100
73A1 Radeon Pro V620
73A3 Radeon Pro W6800
73A5 Radeon RX 6950 XT
73AF Radeon RX 6900 XT
73BF Radeon RX 6800/6900 series
73DF Radeon RX 6700/6800M series
73E1 Radeon Pro W6600M
73E3 Radeon Pro W6600
73EF Radeon RX 6650/6700S/6800S series
73FF Radeon RX 6600 series
7408 Instinct MI250X
740C Instinct MI250/MI250X
740F Instinct MI210
7422 Radeon Pro W6400
7424 Radeon RX 6300
743F Radeon RX 6400/6500 series
7448 Radeon Pro W7900
7449 Radeon Pro W7800 48GB
744A Radeon Pro W7900 Dual Slot
744C Radeon RX 7900 series
745E Radeon Pro W7800
7461 Radeon Pro V710
7470 Radeon Pro W7700
747E Radeon RX 7700/7800 series
7480 Radeon RX 7600/7700S series
7483 Radeon RX 7600M
7489 Radeon Pro W7500
7499 Radeon RX 7300/7400
74A0 Instinct MI300A
74A1 Instinct MI300X
74A2 Instinct MI308X
74A5 Instinct MI325X
74A8 Instinct MI308X HF
74A9 Instinct MI300X HF
74B5 Instinct MI300X VF
74B6 Instinct MI308X
74BD Instinct MI300X HF
7550 Radeon RX 9070 series
7551 Radeon AI PRO R9600/R9700
7590 Radeon RX 9060 series
75A0 Instinct MI350X
75A3 Instinct MI355X
75B0 Instinct MI350X VF
75B3 Instinct MI355X VF
1114 Radeon 840M/860M
13C0 Radeon Graphics (Granite Ridge)
1435 Custom GPU 0932
1506 Radeon 610M
150E Radeon 880M/890M
1586 Radeon 8040S/8050S/8060S
15BF Radeon 740M/760M/780M
15C8 Radeon 740M
15D8 Radeon Vega 3 to 11
15DD Radeon Vega 3 to 11
15E7 Radeon Vega 6 to 8
1636 Radeon Vega 5 to 8
1638 Radeon Vega 6 to 8
163F Custom GPU 0405
164C Radeon Vega 6 to 8
164E Radeon 610M
1681 Radeon 660M/680M
1900 Radeon 760M/780M
1901 Radeon 740M
1902 Radeon 820M/840M
"""

_INTEL = """
0BD5 Data Center GPU Max 1550
0BDA Data Center GPU Max 1100
1912 HD Graphics 530
1916 HD Graphics 520
3E92 UHD Graphics 630
3E9B UHD Graphics 630
3EA0 UHD Graphics 620
4628 UHD Graphics
4680 UHD Graphics 770
4692 UHD Graphics 730
46A6 Iris Xe Graphics
46A8 Iris Xe Graphics
46AA Iris Xe Graphics
46D0 UHD Graphics
46D1 UHD Graphics
4905 Iris Xe MAX Graphics
4C8A UHD Graphics 750
5690 Arc A770M
5691 Arc A730M
5692 Arc A550M
5693 Arc A370M
5694 Arc A350M
5696 Arc A570M
5697 Arc A530M
56A0 Arc A770
56A1 Arc A750
56A2 Arc A580
56A5 Arc A380
56A6 Arc A310
56B0 Arc Pro A30M
56B1 Arc Pro A40/A50
56B2 Arc Pro A60M
56B3 Arc Pro A60
56BA Arc A380E
56BB Arc A310E
56BC Arc A370E
56BD Arc A350E
56BE Arc A750E
56BF Arc A580E
56C0 Data Center GPU Flex 170
56C1 Data Center GPU Flex 140
5912 HD Graphics 630
5916 HD Graphics 620
5917 UHD Graphics 620
6420 Graphics (Lunar Lake)
64A0 Arc 130V/140V
64B0 Graphics (Lunar Lake)
7D40 Graphics (Meteor Lake)
7D41 Graphics (Arrow Lake)
7D45 Graphics (Meteor Lake)
7D51 Arc 130T/140T
7D55 Arc Graphics (Meteor Lake)
7D60 Graphics (Meteor Lake)
7D67 Graphics (Arrow Lake)
7DD1 Graphics (Arrow Lake)
7DD5 Graphics (Meteor Lake)
8A52 Iris Plus Graphics G7
9A40 Iris Xe Graphics
9A49 Iris Xe Graphics
9A60 UHD Graphics
9B41 UHD Graphics
9BC4 UHD Graphics
9BC5 UHD Graphics 630
A720 UHD Graphics
A780 UHD Graphics 770
A7A0 Iris Xe Graphics
A7A1 Iris Xe Graphics
B080 Graphics (Panther Lake)
B081 Graphics (Panther Lake)
B082 Graphics (Panther Lake)
B083 Graphics (Panther Lake)
B084 Graphics (Panther Lake)
B085 Graphics (Panther Lake)
B086 Graphics (Panther Lake)
B087 Graphics (Panther Lake)
B08F Graphics (Panther Lake)
B090 Graphics (Panther Lake)
B0A0 Graphics (Panther Lake)
B0B0 Graphics (Panther Lake)
B640 Graphics (Arrow Lake)
E202 Graphics (Battlemage)
E20B Arc B580
E20C Arc B570
E20D Graphics (Battlemage)
E210 Graphics (Battlemage)
E211 Arc Pro B60
E212 Arc Pro B50
E215 Graphics (Battlemage)
E216 Graphics (Battlemage)
"""

_NVIDIA = """
15F8 Tesla P100
1B06 GeForce GTX 1080 Ti
1B38 Tesla P40
1B80 GeForce GTX 1080
1DB1 Tesla V100 16GB
1DB4 Tesla V100 16GB
1DB5 Tesla V100 32GB
1DB6 Tesla V100 32GB
1E04 GeForce RTX 2080 Ti
1E07 GeForce RTX 2080 Ti
1EB8 Tesla T4
20B0 A100 40GB
20B2 A100 80GB
20B5 A100 80GB PCIe
20B7 A30
20F1 A100 40GB PCIe
2203 GeForce RTX 3090 Ti
2204 GeForce RTX 3090
2206 GeForce RTX 3080
2208 GeForce RTX 3080 Ti
2230 RTX A6000
2231 RTX A5000
2235 A40
2236 A10
2237 A10G
2321 H100 NVL
2330 H100 80GB
2331 H100 PCIe
2335 H200
233B H200 NVL
2342 GH200
2482 GeForce RTX 3070 Ti
2484 GeForce RTX 3070
2486 GeForce RTX 3060 Ti
2503 GeForce RTX 3060
2504 GeForce RTX 3060
2684 GeForce RTX 4090
26B1 RTX 6000 Ada Generation
26B5 L40
26B9 L40S
2702 GeForce RTX 4080 SUPER
2704 GeForce RTX 4080
2705 GeForce RTX 4070 Ti SUPER
2782 GeForce RTX 4070 Ti
2783 GeForce RTX 4070 SUPER
2786 GeForce RTX 4070
27B8 L4
2803 GeForce RTX 4060 Ti
2805 GeForce RTX 4060 Ti
2882 GeForce RTX 4060
2901 B200
2941 GB200
2B85 GeForce RTX 5090
2C02 GeForce RTX 5080
2C05 GeForce RTX 5070 Ti
2F04 GeForce RTX 5070
"""


def _numbered(vendor_id: int, text: str) -> dict[tuple[int, int], str]:
    lines = (line.partition(" ") for line in text.strip().splitlines())
    return {(vendor_id, int(number, 16)): name for number, _, name in lines}


KNOWN_MODELS: Mapping[tuple[int, int], str] = {
    **_numbered(0x1002, _AMD),
    **_numbered(0x8086, _INTEL),
    **_numbered(0x10DE, _NVIDIA),
}
"""The names without their vendors', by the numbers of vendor and device."""
