<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.28.0-Firenze" styleCategories="Symbology|Labeling" labelsEnabled="1">
 <renderer-v2 type="categorizedSymbol" symbollevels="0" enableorderby="0" forceraster="0" attr="level">
  <categories>
   <category value="elementary" label="Elementary" symbol="0" render="true" type="string" />
   <category value="k-8" label="K-8" symbol="1" render="true" type="string" />
   <category value="middle" label="Middle" symbol="2" render="true" type="string" />
   <category value="secondary" label="Secondary or combined" symbol="3" render="true" type="string" />
   <category value="combined" label="Secondary or combined" symbol="4" render="true" type="string" />
   <category value="high" label="High" symbol="5" render="true" type="string" />
  </categories>
  <symbols>
   <symbol type="marker" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="name" value="circle" />
      <Option type="QString" name="color" value="11,79,138,255" />
      <Option type="QString" name="outline_color" value="27,32,38,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.25" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="size" value="2.2" />
      <Option type="QString" name="size_unit" value="MM" />
      <Option type="QString" name="angle" value="0" />
     </Option>
     <prop k="name" v="circle" />
     <prop k="color" v="11,79,138,255" />
     <prop k="outline_color" v="27,32,38,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.25" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="size" v="2.2" />
     <prop k="size_unit" v="MM" />
     <prop k="angle" v="0" />
    </layer>
   </symbol>
   <symbol type="marker" name="1" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="name" value="triangle" />
      <Option type="QString" name="color" value="29,122,95,255" />
      <Option type="QString" name="outline_color" value="27,32,38,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.25" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="size" value="2.8" />
      <Option type="QString" name="size_unit" value="MM" />
      <Option type="QString" name="angle" value="0" />
     </Option>
     <prop k="name" v="triangle" />
     <prop k="color" v="29,122,95,255" />
     <prop k="outline_color" v="27,32,38,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.25" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="size" v="2.8" />
     <prop k="size_unit" v="MM" />
     <prop k="angle" v="0" />
    </layer>
   </symbol>
   <symbol type="marker" name="2" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="name" value="square" />
      <Option type="QString" name="color" value="193,68,14,255" />
      <Option type="QString" name="outline_color" value="27,32,38,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.25" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="size" value="2.4" />
      <Option type="QString" name="size_unit" value="MM" />
      <Option type="QString" name="angle" value="0" />
     </Option>
     <prop k="name" v="square" />
     <prop k="color" v="193,68,14,255" />
     <prop k="outline_color" v="27,32,38,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.25" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="size" v="2.4" />
     <prop k="size_unit" v="MM" />
     <prop k="angle" v="0" />
    </layer>
   </symbol>
   <symbol type="marker" name="3" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="name" value="diamond" />
      <Option type="QString" name="color" value="109,32,119,255" />
      <Option type="QString" name="outline_color" value="27,32,38,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.25" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="size" value="3.2" />
      <Option type="QString" name="size_unit" value="MM" />
      <Option type="QString" name="angle" value="0" />
     </Option>
     <prop k="name" v="diamond" />
     <prop k="color" v="109,32,119,255" />
     <prop k="outline_color" v="27,32,38,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.25" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="size" v="3.2" />
     <prop k="size_unit" v="MM" />
     <prop k="angle" v="0" />
    </layer>
   </symbol>
   <symbol type="marker" name="4" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="name" value="diamond" />
      <Option type="QString" name="color" value="109,32,119,255" />
      <Option type="QString" name="outline_color" value="27,32,38,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.25" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="size" value="3.2" />
      <Option type="QString" name="size_unit" value="MM" />
      <Option type="QString" name="angle" value="0" />
     </Option>
     <prop k="name" v="diamond" />
     <prop k="color" v="109,32,119,255" />
     <prop k="outline_color" v="27,32,38,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.25" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="size" v="3.2" />
     <prop k="size_unit" v="MM" />
     <prop k="angle" v="0" />
    </layer>
   </symbol>
   <symbol type="marker" name="5" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="name" value="star" />
      <Option type="QString" name="color" value="255,210,63,255" />
      <Option type="QString" name="outline_color" value="27,32,38,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.25" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="size" value="5.0" />
      <Option type="QString" name="size_unit" value="MM" />
      <Option type="QString" name="angle" value="0" />
     </Option>
     <prop k="name" v="star" />
     <prop k="color" v="255,210,63,255" />
     <prop k="outline_color" v="27,32,38,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.25" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="size" v="5.0" />
     <prop k="size_unit" v="MM" />
     <prop k="angle" v="0" />
    </layer>
   </symbol>
  </symbols>
 </renderer-v2>
 <labeling type="simple">
  <settings calloutType="simple">
   <text-style fieldName="name" isExpression="0" fontFamily="Sans Serif" fontSize="8" fontSizeUnit="Point" fontWeight="50" namedStyle="Regular" textColor="27,32,38,255" textOpacity="1">
    <text-buffer bufferDraw="1" bufferColor="255,255,255,255" bufferSize="1" bufferSizeUnits="MM" bufferOpacity="0.9" bufferJoinStyle="128" bufferNoFill="1" />
   </text-style>
   <text-format wrapChar="" multilineAlign="3" plussign="0" />
   <placement placement="1" quadOffset="2" dist="0" xOffset="2" yOffset="0" offsetUnits="MM" centroidInside="1" priority="4" />
   <rendering drawLabels="1" displayAll="0" obstacle="1" scaleVisibility="1" scaleMin="60000" scaleMax="0" />
  </settings>
 </labeling>
 <layerGeometryType>0</layerGeometryType>
</qgis>
